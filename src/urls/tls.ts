import type { Parameter, Parameters } from "./parts.ts";
import { Refusal } from "./refusal.ts";

/**
 * libpq's modes (https://www.postgresql.org/docs/current/libpq-ssl.html). `allow`: TLS only if the server requires it.
 * `prefer`: TLS if the server has it. `require`: TLS without verification.
 */
export type TlsMode = (typeof tlsModes)[number];
export const tlsModes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const;

export interface Tls {
  readonly mode: TlsMode;
  /** File with the trusted authorities. `system`: those of the machine. */
  readonly ca?: string;
  /** Files of the client's certificate and key. */
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
  /** File with a list of revoked certificates. */
  readonly crl?: string;
  readonly minVersion?: TlsVersion;
  readonly maxVersion?: TlsVersion;
  /** Whether the client sends the host's name (SNI). Default: true. */
  readonly sendsName?: boolean;
  /** Whether TLS begins directly, without a request. Default: false. */
  readonly isDirect?: boolean;
}

export type TlsVersion = (typeof tlsVersions)[number];
export const tlsVersions = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"] as const;

const flags: ReadonlyMap<string, boolean> = new Map([
  ...["true", "1", "yes", "on", "t"].map((word) => [word, true] as const),
  ...["false", "0", "no", "off", "f"].map((word) => [word, false] as const),
]);

export function readFlag({ name, value }: Parameter): boolean {
  return flags.get(value.toLowerCase()) ?? refuseValue(name, "true or false");
}

export function readFile({ name, value }: Parameter): string {
  return value === "" ? refuseValue(name, "the path of a file") : value;
}

/** The message does not repeat the value: it may be a misplaced secret. */
export function refuseValue(name: string, expected: string): never {
  throw new Refusal(`the parameter ${name} must be ${expected}`);
}

/** One of the allowed words, in upper or lower case. */
export function readChoice<const C extends readonly string[]>({ name, value }: Parameter, allowed: C): C[number] {
  const word = allowed.find((one) => one.toLowerCase() === value.toLowerCase());
  return word ?? refuseValue(name, `one of ${allowed.join(", ")}`);
}

/** Takes parameters by canonical name. The remaining ones are unknown. */
export function createTaker(parameters: Parameters) {
  const left = new Map(parameters);
  return {
    left: left as Parameters,
    /** The first of the names that is set. All of them count as known. */
    take(...names: readonly string[]): Parameter | undefined {
      const found = names.map((name) => left.get(name)).find((parameter) => parameter !== undefined);
      for (const name of names) left.delete(name);
      return found;
    },
    has: (name: string) => left.has(name),
  };
}

export type Taker = ReturnType<typeof createTaker>;
