import { existsSync } from "node:fs";
import { join } from "node:path";
import { homeFolder } from "../accounts/home-folder.ts";
import { targetSessions, type PostgresAddress } from "../../urls/address.ts";
import { canonical } from "../../urls/parts.ts";
import { completePostgresTls, readPostgresTls } from "../../urls/postgres-tls.ts";
import { Refusal } from "../../urls/refusal.ts";
import { createTaker, readChoice, tlsModes, type Tls, type TlsMode } from "../../urls/tls.ts";
import { checkKeyFile } from "./tls.ts";

export type Variables = Readonly<Record<string, string | undefined>>;

export interface PostgresTls {
  /** Whether to try TLS, and whether to continue without it. */
  readonly mode: TlsMode;
  /** The verification, if there is TLS. */
  readonly tls: Tls;
}

/** The TLS parameters that a variable may set, and the settings of a URL that override it. */
const tlsVariables: readonly (readonly [word: string, overriddenBy: keyof Tls | undefined])[] = [
  ["sslmode", "mode"],
  ["sslrootcert", "ca"],
  ["sslcert", "cert"],
  ["sslkey", "key"],
  ["sslcrl", "crl"],
  ["sslnegotiation", "isDirect"],
  ["sslsni", "sendsName"],
  ["sslcertmode", undefined],
  ["ssl_min_protocol_version", "minVersion"],
  ["ssl_max_protocol_version", "maxVersion"],
];

/** Variables by which libpq would refuse a connection that seaworthy would make. */
const unsupported: Readonly<Record<string, { readonly refused: RegExp; readonly fix: string }>> = {
  PGGSSENCMODE: { refused: /^require$/i, fix: "seaworthy cannot encrypt by GSSAPI: unset it, and use TLS" },
  PGSSLCRLDIR: { refused: /\S/, fix: "write PGSSLCRL and a file" },
  PGREQUIRESSL: { refused: /^1$/, fix: "write PGSSLMODE=require" },
};

/**
 * Adds libpq's defaults to the URL's settings: the PG… variables, then the files in ~/.postgresql
 * (https://www.postgresql.org/docs/current/libpq-ssl.html). Throws if libpq would refuse them.
 */
export function completeTls(given: Partial<Tls>, variables: Variables): PostgresTls {
  const named = completePostgresTls({ ...fromVariables(variables, given), ...given });
  const { mode } = named;
  if (mode === "disable") return { mode, tls: named };
  const ca = named.ca ?? fileAtHome("root.crt");
  const cert = named.cert ?? fileAtHome("postgresql.crt");
  const key = named.key ?? (cert === undefined ? undefined : fileAtHome("postgresql.key"));
  const crl = named.crl ?? fileAtHome("root.crl");
  if (cert !== undefined && key === undefined)
    throw new Error(`the certificate ${cert} has no private key: write sslkey. Prisma's sslcert is sslrootcert`);
  if (key !== undefined) checkKeyFile(key);
  if (mode === "verify-ca" && ca === undefined)
    throw new Error("sslmode=verify-ca needs sslrootcert, or the file ~/.postgresql/root.crt");
  return {
    mode,
    tls: {
      ...named,
      mode: verifiedMode(mode, ca),
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
      ...(crl !== undefined && { crl }),
    },
  };
}

/** "If a root CA file exists, the behavior of sslmode=require will be the same as that of verify-ca." */
function verifiedMode(mode: TlsMode, ca: string | undefined): TlsMode {
  if (mode === "verify-ca" || mode === "verify-full") return mode;
  return ca !== undefined && existsSync(ca) ? "verify-ca" : "require";
}

function fileAtHome(name: string): string | undefined {
  const home = homeFolder();
  const path = home === undefined ? "" : join(home, ".postgresql", name);
  return existsSync(path) ? path : undefined;
}

function fromVariables(variables: Variables, given: Partial<Tls>): Partial<Tls> {
  refuseUnsupported(variables);
  const parameters = tlsVariables.flatMap(([word, overriddenBy]) => {
    const name = `PG${word.replaceAll("_", "").toUpperCase()}`;
    const value = variables[name];
    const isOverridden = overriddenBy !== undefined && given[overriddenBy] !== undefined;
    return value && !isOverridden ? [[canonical(word), { name, value }] as const] : [];
  });
  const usesFiles = (given.mode ?? variables["PGSSLMODE"]?.toLowerCase()) !== "disable";
  for (const parameter of parameters) checkAlone(parameter, usesFiles);
  return readPostgresTls(createTaker(new Map(parameters)), false);
}

function refuseUnsupported(variables: Variables): void {
  for (const [name, { refused, fix }] of Object.entries(unsupported)) {
    const value = variables[name];
    if (value && refused.test(value)) throw new Refusal(`${name} is ${JSON.stringify(value)}: ${fix}`);
  }
}

/** Names the variable and its value: the parameter is not in the URL. */
function checkAlone(
  [word, { name, value }]: readonly [string, { readonly name: string; readonly value: string }],
  usesFiles: boolean,
): void {
  const received = `${name} is ${JSON.stringify(value)}`;
  // A word of node-postgres, which only a URL may contain.
  if (word === "sslmode" && value.toLowerCase() === "no-verify")
    throw new Refusal(`${received}: the parameter ${name} must be one of ${tlsModes.join(", ")}`);
  try {
    const { ca, cert, key, crl } = readPostgresTls(createTaker(new Map([[word, { name, value }]])), false);
    const file = [ca, cert, key, crl].find((one) => one !== undefined && one !== "system");
    if (usesFiles && file !== undefined && !existsSync(file))
      throw new Refusal(`${received}, but this file does not exist`);
  } catch (error) {
    const { message } = error as Error;
    throw new Refusal(message.startsWith(received) ? message : `${received}: ${message}`);
  }
}

/** Other PG… variables that libpq reads and node-postgres does not. */
export function completeSession(address: PostgresAddress, variables: Variables): PostgresAddress {
  const { PGTARGETSESSIONATTRS: target, PGCHANNELBINDING: binding, PGPASSFILE: passwordFile } = variables;
  const choose = <const C extends readonly string[]>(name: string, value: string | undefined, allowed: C) =>
    value ? chooseFrom({ name, value }, allowed) : undefined;
  const targetSession = address.targetSession ?? choose("PGTARGETSESSIONATTRS", target, targetSessions);
  const channelBinding =
    address.channelBinding ?? choose("PGCHANNELBINDING", binding, ["disable", "prefer", "require"] as const);
  return {
    ...(passwordFile && { passwordFile }),
    ...address,
    ...(targetSession && { targetSession }),
    ...(channelBinding && { channelBinding }),
  };
}

function chooseFrom<const C extends readonly string[]>(
  parameter: { readonly name: string; readonly value: string },
  allowed: C,
): C[number] {
  try {
    return readChoice(parameter, allowed);
  } catch (error) {
    throw new Refusal(`${parameter.name} is ${JSON.stringify(parameter.value)}: ${(error as Error).message}`);
  }
}
