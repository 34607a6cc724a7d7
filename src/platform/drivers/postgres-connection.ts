import { Connection } from "pg";
import { ForeignServerError, nameServer } from "./foreign-answer.ts";
import { isNoTls } from "./tls.ts";
import type { Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";

export interface Security {
  /** Undefined: plain text. */
  readonly encryption?: Encryption;
  /** Whether the server has to prove that the password is meant for this very TLS connection. */
  readonly bindsChannel: boolean;
}

interface Encryption {
  readonly options: ConnectionOptions;
  /** Whether TLS begins at once, without asking the server first. */
  readonly isDirect: boolean;
  /** Whether to go on in plain text where the server has no TLS. */
  readonly mayBePlain: boolean;
}

/** What pg's Connection has, and its type declarations leave out. */
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
 * pg's connection, with libpq's TLS: `prefer` goes on in plain text on the same connection, where pg fails, and a name is
 * verified as the mode says. pg has no option for either.
 */
export class PostgresConnection extends Connection {
  /** Whether what is sent is encrypted. */
  isSecure = false;
  readonly #encryption: Encryption | undefined;

  constructor(config: ConstructorParameters<typeof Connection>[0], { encryption, bindsChannel }: Security) {
    super(config);
    this.#encryption = encryption;
    if (bindsChannel) this.#insistOnBinding();
  }

  /** pg's own, which its type declarations leave out. */
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

  /** pg would take the first bytes for the length of a message, and wait for the rest. */
  #refuseForeignServer(stream: Socket): void {
    stream.once("data", (answer: Buffer) => {
      const looksLike = nameServer(answer);
      if (looksLike === undefined || looksLike === "Postgres") return;
      stream.removeAllListeners("data");
      stream.destroy();
      this.emit("error", new ForeignServerError("Postgres", looksLike));
    });
  }

  /** As libpq's channel_binding=require. It hears of each message before the client, which would send the password. */
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

  /** One byte; what comes with it was put there by somebody between (CVE-2021-23222). */
  #onAnswer(answer: Buffer, encryption: Encryption): void {
    const fail = (reason: string) => {
      this.#internals.stream.destroy();
      this.emit("error", new TlsError(reason));
    };
    if (answer.length === 1 && answer[0] === sslRequestAnswer.yes) return this.#encrypt(encryption);
    if (answer.length !== 1 || answer[0] !== sslRequestAnswer.no)
      return fail("it does not know Postgres's request for TLS");
    if (!encryption.mayBePlain) return fail("the server does not support TLS, and the URL asks for it");
    this.#internals.attachListeners(this.#internals.stream);
    this.emit("sslconnect");
  }

  #encrypt({ options, isDirect }: Encryption): void {
    const self = this.#internals;
    const plain = self.stream;
    const alpn = isDirect ? { ALPNProtocols: ["postgresql"] } : {};
    // Loaded for those who need it only.
    const { connect } = process.getBuiltinModule("node:tls");
    const secure = connect({ ...options, ...alpn, socket: plain });
    let isEstablished = false;
    secure.on("error", (error) => {
      if (isEstablished) this.#report(error);
      else
        this.emit(
          "error",
          new TlsError(isNoTls(error.message) ? "what answers there does not speak TLS" : error.message, error),
        );
    });
    secure.once("secureConnect", () => {
      if (isDirect && secure.alpnProtocol !== "postgresql") {
        secure.destroy();
        this.emit(
          "error",
          new TlsError("the server does not know TLS without Postgres's request: leave out sslnegotiation"),
        );
        return;
      }
      isEstablished = true;
      this.isSecure = true;
      self.attachListeners(secure);
      this.emit("sslconnect");
    });
    self.stream = secure;
  }

  /** A server that closes while we do is no error. */
  #report(error: NodeJS.ErrnoException): void {
    if (this.#internals["_ending"] && (error.code === "ECONNRESET" || error.code === "EPIPE")) return;
    this.emit("error", error);
  }
}

/** There is no TLS with this server, or not the one that was asked for. */
export class TlsError extends Error {
  override readonly name = "TlsError";

  constructor(message: string, cause?: unknown) {
    super(message, { cause });
  }
}
