import { Connection } from "pg";
import { ForeignServerError, nameServer } from "./foreign-answer.ts";
import { isNoTls } from "./tls.ts";
import type { Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";

export interface Security {
  /** Undefined: plain text. */
  readonly encryption?: Encryption;
  /** Whether to require channel binding: the server must prove that the login belongs to this TLS connection. */
  readonly bindsChannel: boolean;
}

interface Encryption {
  readonly options: ConnectionOptions;
  /** Whether TLS begins directly, without a request. */
  readonly isDirect: boolean;
  /** Whether to continue in plain text if the server has no TLS. */
  readonly mayBePlain: boolean;
}

/** Parts of pg's Connection that its types leave out. */
interface Internals {
  stream: Socket;
  _connecting: boolean;
  readonly _ending: boolean;
  readonly _keepAlive: boolean;
  readonly _keepAliveInitialDelayMillis: number;
  readonly attachListeners: (stream: Socket) => void;
}

const sslRequestAnswer = { yes: 0x53, no: 0x4e } as const;

/**
 * pg's connection with libpq's TLS: `prefer` continues in plain text on the same connection, and the mode decides whether
 * names are verified. pg has no option for either.
 */
export class PostgresConnection extends Connection {
  /** Whether the connection is encrypted. */
  isSecure = false;
  readonly #encryption: Encryption | undefined;

  constructor(config: ConstructorParameters<typeof Connection>[0], { encryption, bindsChannel }: Security) {
    super(config);
    this.#encryption = encryption;
    if (bindsChannel) this.#insistOnBinding();
  }

  /** A member of pg that its types leave out. */
  declare readonly cancel: (processId: number, secretKey: number) => void;
  declare readonly requestSsl: () => void;

  connect(portOrPath: number | string, host?: string): void {
    const self = this.#internals;
    const { stream } = self;
    self["_connecting"] = true;
    stream.setNoDelay(true);
    if (typeof portOrPath === "string") stream.connect(portOrPath);
    else stream.connect(portOrPath, host ?? "localhost");
    stream.once("connect", () => {
      if (self["_keepAlive"]) stream.setKeepAlive(true, self["_keepAliveInitialDelayMillis"]);
      this.emit("connect");
    });
    stream.on("error", (error) => this.#report(error));
    stream.on("close", () => this.emit("end"));
    this.#refuseForeignServer(stream);
    const encryption = this.#encryption;
    if (encryption === undefined) self.attachListeners(stream);
    else if (encryption.isDirect) stream.once("connect", () => this.#encrypt(encryption));
    else stream.once("data", (answer: Buffer) => this.#onAnswer(answer, encryption));
  }

  /** Without this, pg would read the first bytes as the length of a message, and wait for the rest. */
  #refuseForeignServer(stream: Socket): void {
    stream.once("data", (answer: Buffer) => {
      const looksLike = nameServer(answer);
      if (looksLike === undefined || looksLike === "Postgres") return;
      stream.removeAllListeners("data");
      stream.destroy();
      this.emit("error", new ForeignServerError("Postgres", looksLike));
    });
  }

  /** libpq's channel_binding=require. Its listeners run before the client's, which would send the password. */
  #insistOnBinding(): void {
    let isBound = false;
    const refuse = () => {
      if (isBound) return;
      this.#internals.stream.destroy();
      this.emit("error", new TlsError("the server does not offer channel binding, and the URL requires it"));
    };
    this.on("authenticationSASL", ({ mechanisms }: { readonly mechanisms: readonly string[] }) => {
      isBound = this.isSecure && mechanisms.includes("SCRAM-SHA-256-PLUS");
      refuse();
    });
    for (const weaker of ["authenticationCleartextPassword", "authenticationMD5Password", "authenticationOk"])
      this.on(weaker, refuse);
  }

  get #internals(): Internals {
    return this as unknown as Internals;
  }

  /** The answer is one byte. More bytes were injected by an attacker (CVE-2021-23222). */
  #onAnswer(answer: Buffer, encryption: Encryption): void {
    const fail = (reason: string) => {
      this.#internals.stream.destroy();
      this.emit("error", new TlsError(reason));
    };
    if (answer.length === 1 && answer[0] === sslRequestAnswer.yes) return this.#encrypt(encryption);
    if (answer.length !== 1 || answer[0] !== sslRequestAnswer.no)
      return fail("the server does not understand Postgres's request for TLS");
    if (!encryption.mayBePlain) return fail("the server does not support TLS, and the URL asks for it");
    this.#internals.attachListeners(this.#internals.stream);
    this.emit("sslconnect");
  }

  #encrypt({ options, isDirect }: Encryption): void {
    const self = this.#internals;
    const plain = self.stream;
    const alpn = isDirect ? { ALPNProtocols: ["postgresql"] } : {};
    // Load it only for TLS.
    const { connect } = process.getBuiltinModule("node:tls");
    const secure = connect({ ...options, ...alpn, socket: plain });
    let isEstablished = false;
    secure.on("error", (error) => {
      if (isEstablished) this.#report(error);
      else
        this.emit(
          "error",
          new TlsError(isNoTls(error.message) ? "the server there does not speak TLS" : error.message, error),
        );
    });
    secure.once("secureConnect", () => {
      if (isDirect && secure.alpnProtocol !== "postgresql") {
        secure.destroy();
        this.emit("error", new TlsError("the server does not support direct TLS: leave out sslnegotiation"));
        return;
      }
      isEstablished = true;
      this.isSecure = true;
      self.attachListeners(secure);
      this.emit("sslconnect");
    });
    self.stream = secure;
  }

  /** If both sides close the connection, that is no error. */
  #report(error: NodeJS.ErrnoException): void {
    if (this.#internals["_ending"] && (error.code === "ECONNRESET" || error.code === "EPIPE")) return;
    this.emit("error", error);
  }
}

/** The server has no TLS, or does not fit the TLS settings. */
export class TlsError extends Error {
  override readonly name = "TlsError";

  constructor(message: string, cause?: unknown) {
    super(message, { cause });
  }
}
