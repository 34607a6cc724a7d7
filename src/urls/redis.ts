import type { RedisAddress } from "./address.ts";
import type { Authority, Parameter, UrlParts } from "./parts.ts";
import { Refusal } from "./refusal.ts";
import { readFile, readFlag, refuseValue, type Taker, type Tls, type TlsMode } from "./tls.ts";

/** Reads a URL of Redis or Valkey, with redis-py's TLS parameters. Throws a Refusal. */
export function readRedis(
  authority: Authority,
  taker: Taker,
  { scheme, driver = "" }: Pick<UrlParts, "scheme" | "driver">,
): RedisAddress {
  const { take } = taker;
  const isSecure = ["rediss", "valkeys"].includes(scheme);
  if (driver.includes("sentinel"))
    throw new Refusal("Sentinel is not supported: write redis:// and the host of the Redis server");
  const [endpoint = { host: "" }, ...others] = authority.endpoints;
  if (others.length > 0) throw new Refusal("several hosts are not supported for Redis: write a single host");
  // A path without a host would be dropped, and seaworthy would ask another Redis.
  const isPath = endpoint.host.startsWith("/") || (endpoint.host === "" && /\D/.test(authority.database ?? ""));
  if (isPath || driver === "unix" || driver === "socket")
    throw new Refusal("a socket is not supported for Redis: write a host and a port");
  refusePlainText(taker, isSecure);
  const tls = readTls(taker);
  if (!isSecure && tls !== undefined)
    throw new Refusal("TLS parameters need a URL that starts with rediss:// or valkeys://");
  const user = take("username", "user")?.value ?? authority.user;
  const password = take("password")?.value ?? authority.password;
  return {
    engine: "redis",
    ...endpoint,
    host: endpoint.host || "127.0.0.1",
    ...(isSecure && { tls: tls ?? { mode: "verify-full" } }),
    ...(user && { user }),
    ...(password && { password }),
  };
}

function refusePlainText({ take }: Taker, isSecure: boolean): void {
  for (const parameter of [take("ssl"), take("tls")]) {
    if (parameter === undefined || readFlag(parameter) === isSecure) continue;
    const scheme = isSecure ? "redis:// or valkey://" : "rediss:// or valkeys://";
    throw new Refusal(`the parameter ${parameter.name} contradicts the URL's scheme: write ${scheme}`);
  }
}

function readTls({ take }: Taker): Tls | undefined {
  const file = (name: string) => {
    const parameter = take(name);
    return parameter && readFile(parameter);
  };
  const requirement = take("sslcertreqs");
  // go-redis.
  const skip = take("skipverify");
  const identity = take("sslcheckhostname");
  const [ca, cert, key] = [file("sslcacerts"), file("sslcertfile"), file("sslkeyfile")];
  const passphrase = take("sslpassword")?.value;
  if ([requirement, skip, identity, ca, cert, key, passphrase].every((one) => one === undefined)) return undefined;
  return {
    mode: skip && readFlag(skip) ? "require" : modeOf(requirement, identity === undefined || readFlag(identity)),
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(passphrase !== undefined && { passphrase }),
  };
}

function modeOf(requirement: Parameter | undefined, checksName: boolean): TlsMode {
  const word = requirement?.value.toLowerCase().replace(/^cert_/, "") ?? "required";
  if (word === "none") return "require";
  // redis-py's `optional` comes from Python's ssl, in which a client still verifies.
  if (word === "required" || word === "optional") return checksName ? "verify-full" : "verify-ca";
  return refuseValue(requirement?.name ?? "", "none, optional or required");
}
