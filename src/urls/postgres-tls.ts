import { Refusal } from "./refusal.ts";
import {
  readChoice,
  readFile,
  readFlag,
  refuseValue,
  tlsModes,
  tlsVersions,
  type Taker,
  type Tls,
  type TlsMode,
} from "./tls.ts";

/**
 * Reads the TLS parameters of a Postgres URL, as documented for libpq, plus those of node-postgres, SQLAlchemy, JDBC and
 * Prisma.
 */
export function readPostgresTls(taker: Taker, isJdbc: boolean): Partial<Tls> {
  const { take } = taker;
  refuseUnsupported(taker);
  const prisma = readPrisma(taker);
  const mode = prisma.mode ?? readMode(taker, isJdbc);
  const file = (name: string) => {
    const parameter = take(name);
    return parameter && readFile(parameter);
  };
  const version = (name: string) => {
    const parameter = take(name);
    return parameter && readChoice(parameter, tlsVersions);
  };
  const ca = prisma.ca ?? file("sslrootcert");
  const negotiation = take("sslnegotiation");
  const isDirect = negotiation && readChoice(negotiation, ["postgres", "direct"]) === "direct";
  const sendsName = take("sslsni");
  const sendsCertificate = take("sslcertmode");
  const withoutCertificate =
    sendsCertificate !== undefined && readChoice(sendsCertificate, ["disable", "allow"]) === "disable";
  const [cert, key] = [file("sslcert"), file("sslkey")];
  const crl = file("sslcrl");
  refuseFilesWithoutTls(mode, { sslrootcert: ca, sslcert: cert, sslkey: key, sslcrl: crl });
  return compact({
    mode,
    ca,
    ...(!withoutCertificate && { cert, key, passphrase: take("sslpassword")?.value }),
    crl,
    minVersion: version("sslminprotocolversion"),
    maxVersion: version("sslmaxprotocolversion"),
    isDirect,
    sendsName: sendsName && readFlag(sendsName),
  });
}

/** libpq would ignore the files. But a URL with such files does not expect plain text. */
function refuseFilesWithoutTls(mode: TlsMode | undefined, files: Readonly<Record<string, string | undefined>>): void {
  const name = Object.keys(files).find((one) => files[one] !== undefined);
  if (mode === "disable" && name !== undefined)
    throw new Refusal(`${name} needs TLS, and sslmode=disable turns it off: remove one of them`);
}

/** Fills in libpq's defaults, and refuses what libpq refuses. Throws a Refusal. */
export function completePostgresTls(given: Partial<Tls>): Tls {
  const mode = given.mode ?? (given.ca === "system" ? "verify-full" : "prefer");
  if (given.ca === "system" && mode !== "verify-full")
    throw new Refusal(`sslmode=${mode} is too weak for sslrootcert=system: write sslmode=verify-full`);
  if (given.isDirect === true && ["disable", "allow", "prefer"].includes(mode))
    throw new Refusal(
      `sslmode=${mode} is too weak for sslnegotiation=direct: write sslmode=require, or a stronger one`,
    );
  return { ...given, mode };
}

function readMode({ take }: Taker, isJdbc: boolean): TlsMode | undefined {
  const ssl = take("ssl");
  const sslmode = take("sslmode");
  // node-postgres's name for encryption without verification.
  const words = [...tlsModes, "no-verify"] as const;
  const meant = (word: (typeof words)[number]) => (word === "no-verify" ? "require" : word);
  const fromMode = sslmode && meant(readChoice(sslmode, words));
  if (ssl === undefined) return fromMode;
  const byName = words.find((word) => word === ssl.value.toLowerCase());
  // ssl=true means require in libpq, and verify-full in JDBC.
  const fromFlag =
    byName === undefined ? (readFlag(ssl) ? (isJdbc ? "verify-full" : "require") : undefined) : meant(byName);
  const mayBePlain = fromMode !== undefined && ["disable", "allow", "prefer"].includes(fromMode);
  if (mayBePlain && fromFlag !== undefined && ["require", "verify-ca", "verify-full"].includes(fromFlag))
    throw new Refusal(`${ssl.name} asks for TLS, and sslmode=${fromMode} does not: keep only sslmode`);
  return fromMode ?? fromFlag ?? "disable";
}

/** Prisma's sslcert is the root certificate. */
function readPrisma({ take, has }: Taker): { readonly mode?: TlsMode; readonly ca?: string } {
  const accept = take("sslaccept");
  if (accept === undefined) return {};
  const isStrict = readChoice(accept, ["strict", "accept_invalid_certs"]) === "strict";
  if (has("sslkey"))
    throw new Refusal("sslaccept and sslkey belong to different tools: write sslmode, sslrootcert, sslcert and sslkey");
  const cert = take("sslcert");
  const mode = take("sslmode");
  if (mode !== undefined && readChoice(mode, tlsModes) === "disable")
    throw new Refusal(`${accept.name} needs TLS, and sslmode=disable turns it off: remove one of them`);
  return {
    mode: isStrict ? "verify-full" : mode === undefined ? "prefer" : readChoice(mode, tlsModes),
    ...(isStrict && cert !== undefined && { ca: readFile(cert) }),
  };
}

const unsupported: ReadonlyMap<string, string> = new Map([
  ["requiressl", "write sslmode=require"],
  ["sslcrldir", "write sslcrl and a file"],
  ["sslidentity", "write sslcert and sslkey, with files in PEM"],
  ["sslfactory", "write sslmode and sslrootcert"],
  ["sslhostnameverifier", "write sslmode=verify-full"],
  ["sslpasswordcallback", "write sslpassword"],
]);

function refuseUnsupported({ left }: Taker): void {
  for (const [name, fix] of unsupported) {
    const parameter = left.get(name);
    if (parameter !== undefined) throw new Refusal(`the parameter ${parameter.name} is not supported: ${fix}`);
  }
  const certmode = left.get("sslcertmode");
  if (certmode?.value.toLowerCase() === "require") refuseValue(certmode.name, "disable or allow");
}

/** Removes keys without a value. */
function compact<T extends object>(object: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}
