import { targetSessions, type PostgresAddress, type TargetSession } from "./address.ts";
import { readEndpoint, type Authority, type Endpoint, type Parameter } from "./parts.ts";
import { readPostgresTls, completePostgresTls } from "./postgres-tls.ts";
import { Refusal } from "./refusal.ts";
import { readChoice, refuseValue, type Taker } from "./tls.ts";

/** Reads a URL in the notation of libpq, JDBC, node-postgres, SQLAlchemy, Prisma or Rails. Throws a Refusal. */
export function readPostgres(authority: Authority, taker: Taker, isJdbc: boolean): PostgresAddress {
  const { take } = taker;
  refuseUnsupported(taker);
  const tls = readPostgresTls(taker, isJdbc);
  completePostgresTls(tls);
  const binding = take("channelbinding");
  const channelBinding = binding && readChoice(binding, ["disable", "prefer", "require"]);
  if (channelBinding === "require" && tls.mode === "disable")
    throw new Refusal("channel_binding=require needs TLS, and sslmode=disable turns it off: remove one of them");
  const user = take("user", "username")?.value ?? authority.user;
  const password = take("password")?.value ?? authority.password;
  const database = take("dbname", "database")?.value ?? authority.database;
  const options = take("options")?.value;
  const searchPath = readSearchPath(taker);
  const target = readTarget(taker);
  const passwordFile = take("passfile")?.value;
  return {
    engine: "postgres",
    endpoints: readEndpoints(authority.endpoints, take("host"), take("port")),
    tls,
    ...(user && { user }),
    ...(password && { password }),
    ...(database && { database }),
    ...(options && { options }),
    ...(searchPath && { searchPath }),
    ...(target && { targetSession: target }),
    ...(channelBinding && { channelBinding }),
    ...(passwordFile && { passwordFile }),
  };
}

/** `host=` and `port=` win over the host before the database, and may be lists. */
function readEndpoints(written: readonly Endpoint[], host?: Parameter, port?: Parameter): readonly Endpoint[] {
  const hosts = host === undefined ? written : host.value.split(",").map((one) => readHost(host.name, one));
  const ports = port?.value.split(",").map((one) => (one === "" ? {} : readPort(port.name, one))) ?? [{}];
  if (ports.length !== 1 && ports.length !== hosts.length)
    return refuseValue(port?.name ?? "port", "one port, or one for each host");
  return hosts.map((endpoint, index) => ({ ...endpoint, ...(ports.length === 1 ? ports[0] : ports[index]) }));
}

function readHost(name: string, text: string): Endpoint {
  if (text.startsWith("/")) return { host: text };
  return /^[\dA-Fa-f]*:[\dA-Fa-f:.]*$/.test(text)
    ? { host: text }
    : (readEndpoint(text) ?? refuseValue(name, "a host, or the folder of a socket"));
}

function readPort(name: string, text: string): { readonly port: number } {
  const { port } = readEndpoint(`:${text}`) ?? {};
  return port === undefined ? refuseValue(name, "a port from 1 to 65535") : { port };
}

/** Prisma has a single schema, by its bare name. Other tools have a list in SQL syntax. */
function readSearchPath({ take }: Taker): string | undefined {
  const schema = take("schema")?.value;
  const list = take("searchpath", "currentschema", "schemasearchpath")?.value;
  return list ?? (schema && `"${schema.replaceAll('"', '""')}"`);
}

/** JDBC's names for libpq's values. */
const targets: ReadonlyMap<string, TargetSession> = new Map([
  ["master", "primary"],
  ["slave", "standby"],
  ["secondary", "standby"],
  ["preferslave", "prefer-standby"],
  ["prefersecondary", "prefer-standby"],
]);

function readTarget({ take }: Taker): TargetSession | undefined {
  const parameter = take("targetsessionattrs", "targetservertype");
  return parameter && (targets.get(parameter.value.toLowerCase()) ?? readChoice(parameter, targetSessions));
}

const unsupported: ReadonlyMap<string, string> = new Map([
  ["service", "write the host, the user and the database into the URL"],
  ["servicefile", "write the host, the user and the database into the URL"],
  ["hostaddr", "write the address as the host"],
  ["requireauth", "write channel_binding=require, or leave it out"],
  ["requirepeer", "leave it out"],
  ["replication", "leave it out: seaworthy does not replicate"],
]);

function refuseUnsupported({ left, take }: Taker): void {
  for (const [name, fix] of unsupported) {
    const parameter = left.get(name);
    if (parameter !== undefined) throw new Refusal(`the parameter ${parameter.name} is not supported: ${fix}`);
  }
  const gss = take("gssencmode");
  if (gss !== undefined) readChoice(gss, ["disable", "prefer"]);
}
