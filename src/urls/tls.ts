import type { Parameter, Parameters } from "./parts.ts";
import { Refusal } from "./refusal.ts";

/**
 * libpq's words (https://www.postgresql.org/docs/current/libpq-ssl.html). `allow`: without TLS, and with it if the server
 * wants it. `prefer`: with TLS if the server has it. `require`: with TLS, verifying nothing.
 */
export type TlsMode = (typeof tlsModes)[number];
export const tlsModes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const;

export interface Tls {
  readonly mode: TlsMode;
  /** File with the authorities to trust. `system`: those of the machine. */
  readonly ca?: string;
  /** Files of the client's own certificate. */
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
  /** File with revoked certificates. */
  readonly crl?: string;
  readonly minVersion?: TlsVersion;
  readonly maxVersion?: TlsVersion;
  /** Whether the host's name is sent before the encryption. Default: true. */
  readonly sendsName?: boolean;
  /** Whether TLS begins at once, without asking the server first. Default: false. */
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

/** The value is not repeated: it may be a secret that was put into the wrong place. */
export function refuseValue(name: string, expected: string): never {
  throw new Refusal(`the parameter ${name} must be ${expected}`);
}

/** One of the words, whatever their capitals. */
export function readChoice<const C extends readonly string[]>({ name, value }: Parameter, allowed: C): C[number] {
  const word = allowed.find((one) => one.toLowerCase() === value.toLowerCase());
  return word ?? refuseValue(name, `one of ${allowed.join(", ")}`);
}

/** Takes parameters out by their canonical names, so that what is left is what nobody knows. */
export function createTaker(parameters: Parameters) {
  const left = new Map(parameters);
  return {
    left: left as Parameters,
    /** The first of the names that is there; all of them count as known. */
    take(...names: readonly string[]): Parameter | undefined {
      const found = names.map((name) => left.get(name)).find((parameter) => parameter !== undefined);
      for (const name of names) left.delete(name);
      return found;
    },
    has: (name: string) => left.has(name),
  };
}

export type Taker = ReturnType<typeof createTaker>;
