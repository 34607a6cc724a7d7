import { existsSync } from "node:fs";
import { join } from "node:path";
import { homeFolder } from "../accounts/home-folder.ts";
import { targetSessions, type PostgresAddress } from "../../urls/address.ts";
import { canonical } from "../../urls/parts.ts";
import { completePostgresTls, readPostgresTls } from "../../urls/postgres-tls.ts";
import { createTaker, readChoice, type Tls, type TlsMode } from "../../urls/tls.ts";
import { checkKeyFile } from "./tls.ts";

export type Variables = Readonly<Record<string, string | undefined>>;

export interface PostgresTls {
  /** Whether to try TLS, and whether to continue without it. */
  readonly mode: TlsMode;
  /** The verification, if there is TLS. */
  readonly tls: Tls;
}

const tlsVariables = [
  "sslmode",
  "sslrootcert",
  "sslcert",
  "sslkey",
  "sslcrl",
  "sslnegotiation",
  "sslsni",
  "sslcertmode",
  "ssl_min_protocol_version",
  "ssl_max_protocol_version",
] as const;

/**
 * Adds libpq's defaults to the URL's settings: the PG… variables, then the files in ~/.postgresql
 * (https://www.postgresql.org/docs/current/libpq-ssl.html). Throws if libpq would refuse them.
 */
export function completeTls(given: Partial<Tls>, variables: Variables): PostgresTls {
  const named = completePostgresTls({ ...fromVariables(variables), ...given });
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

function fromVariables(variables: Variables): Partial<Tls> {
  const parameters = tlsVariables.flatMap((word) => {
    const name = `PG${word.replaceAll("_", "").toUpperCase()}`;
    const value = variables[name];
    return value ? [[canonical(word), { name, value }] as const] : [];
  });
  return readPostgresTls(createTaker(new Map(parameters)), false);
}

/** Other PG… variables that libpq reads and node-postgres does not. */
export function completeSession(address: PostgresAddress, variables: Variables): PostgresAddress {
  const { PGTARGETSESSIONATTRS: target, PGCHANNELBINDING: binding, PGPASSFILE: passwordFile } = variables;
  const choose = <const C extends readonly string[]>(name: string, value: string | undefined, allowed: C) =>
    value ? readChoice({ name, value }, allowed) : undefined;
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
