import { Refusal } from "./refusal.ts";

/** The parts of a URL. The engine's reader interprets them. */
export interface UrlParts {
  /** In lower case, without `jdbc:` and without a driver: `mysql` of `jdbc:mysql://…` and of `mysql+pymysql://…`. */
  readonly scheme: string;
  /** `pymysql` of `mysql+pymysql://…`. */
  readonly driver?: string;
  readonly isJdbc: boolean;
  /** Whether `//` follows the scheme. */
  readonly hasAuthority: boolean;
  /** The text between the scheme's slashes and the parameters, as written. */
  readonly rest: string;
  readonly query: string;
}

export interface Endpoint {
  /** A name, an address, or a socket's path. Empty: the driver's default. */
  readonly host: string;
  readonly port?: number;
}

export interface Authority {
  readonly user?: string;
  readonly password?: string;
  readonly endpoints: readonly Endpoint[];
  /** Undefined if the URL has none. */
  readonly database?: string;
}

/** Without the flag `i`: with it, the first use takes 0.2 ms instead of 0.05, before the app starts. Sqitch writes `db:`. */
const schemePattern = /^(?:([Jj][Dd][Bb][Cc]:)|[Dd][Bb]:)?([A-Za-z][\w.-]*)(?:\+(\w+))?:(\/\/)?(.*)$/s;

/** Removes the quotes that remain from an environment file without a shell, and the last newline of a mounted secret. */
function unwrap(text: string): string {
  const trimmed = text.trim();
  return (/^(["'])(.*)\1$/s.exec(trimmed)?.[2] ?? trimmed).trim();
}

/** What Go's driver for MySQL takes: the last / and the last @ before it count, and nothing is percent-encoded. */
const goSource = /^(?:([^:]*)(?::(.*))?@)?((?:tcp|unix)\([^()]*\)\/[^/]*)$/s;

/** `user:password@tcp(host:3306)/database` as golang-migrate writes it: with a scheme, and percent-encoded. */
function addScheme(text: string): string {
  if (!(text.includes("tcp(") || text.includes("unix(")) || /^[\w.+:-]+:\/\//.test(text)) return text;
  const [, user = "", password, place] = goSource.exec(text) ?? [];
  if (place === undefined) return text;
  const secret = password === undefined ? "" : `:${encodeURIComponent(password)}`;
  return `mysql://${encodeURIComponent(user)}${secret}@${place}`;
}

export function splitUrl(text: string): UrlParts | undefined {
  const [, jdbc, scheme, driver, slashes, rest] = schemePattern.exec(addScheme(unwrap(text))) ?? [];
  if (scheme === undefined || rest === undefined) return undefined;
  const mark = rest.indexOf("?");
  return {
    scheme: scheme.toLowerCase(),
    ...(driver !== undefined && { driver: driver.toLowerCase() }),
    isJdbc: jdbc !== undefined,
    hasAuthority: slashes !== undefined,
    rest: mark === -1 ? rest : rest.slice(0, mark),
    query: mark === -1 ? "" : rest.slice(mark + 1),
  };
}

const plainPlace = /^(?:([^/]*)@)?([^/@]*)(?:\/([^@]*))?$/s;
/** The notation of Go's driver and golang-migrate: `user@tcp(host:3306)/database`, `user@unix(/run/mysqld.sock)/database`. */
const goPlace = /^(?:([^/]*)@)?((?:tcp|unix)\([^()]*\))(?:\/([^@]*))?$/s;

/**
 * Reads `user:password@host:port,host:port/database`. The last @ ends the password, which may contain @ and colons.
 * Undefined if a character that is not percent-encoded makes it ambiguous.
 */
export function readAuthority({ rest, query }: Pick<UrlParts, "rest" | "query">): Authority | undefined {
  // With a / ? # or space in the password, a part of it would become the host, the database or a parameter.
  if (/[\s#\0]|%00/.test(rest + query) || query.split("&").some((pair) => /^[^=]*@/.test(pair))) return undefined;
  const match = goPlace.exec(rest) ?? plainPlace.exec(rest);
  if (match === null) return undefined;
  const [, credentials = "", places = "", path = ""] = match;
  const inside = /^(?:tcp|unix)\((.*)\)$/.exec(places)?.[1] ?? places;
  const endpoints = inside.startsWith("/") ? [{ host: inside }] : inside.split(",").map(readEndpoint);
  if (!endpoints.every((endpoint) => endpoint !== undefined)) {
    for (const place of inside.split(",")) refusePlace(place, { mayShow: !query.includes("@") });
    return undefined;
  }
  const [, user = "", password] = /^([^:]*)(?::(.*))?$/s.exec(credentials) ?? [];
  return {
    endpoints,
    ...(user !== "" && { user: decode(user) }),
    ...(password !== undefined && { password: decode(password) }),
    ...(path !== "" && { database: decode(path) }),
  };
}

const endpointPattern = /^(?:\[([\dA-Fa-f:.]+(?:%[\w.~-]+)?)\]|([^[\]:\s]*))(?::(\d{0,5}))?$/;
/** A socket's path, or a name in any alphabet. Its first use takes 0.3 ms, so names in ASCII come first. */
const asciiHost = /^[\w.~-]*$/;
const hostPattern = /^(?:\/[^\0]*|[\p{L}\p{N}\p{M}_.~-]*)$/u;

export function readEndpoint(text: string): Endpoint | undefined {
  const match = endpointPattern.exec(text);
  if (match === null) return undefined;
  const [, address, name = "", digits] = match;
  const host = address === undefined ? decode(name) : address.replace(/%25(?=.)/, "%");
  if (address === undefined && !asciiHost.test(host) && !hostPattern.test(host)) return undefined;
  // Without a number after the colon, the default port applies, as in libpq: `$HOST:$PORT` without PORT.
  const port = digits ? Number(digits) : undefined;
  if (port !== undefined && (port === 0 || port > 65_535)) return undefined;
  return { host, ...(port !== undefined && { port }) };
}

/**
 * Throws a Refusal for an invalid port or IPv6 address of a host. Returns if neither is the problem. With a misplaced @, the
 * text in the place of the port may be the start of a password.
 */
function refusePlace(text: string, { mayShow }: { readonly mayShow: boolean }): void {
  if (readEndpoint(text) !== undefined) return;
  if (/^[\dA-Fa-f]*:[\dA-Fa-f]*:[\dA-Fa-f:.]*$/.test(text))
    throw new Refusal("write an IPv6 address in brackets, as in [::1]:5432");
  const [, host, port] = /^(\[.*\]|[^:]*):([^:]*)$/.exec(text) ?? [];
  if (host === undefined || port === undefined || readEndpoint(host) === undefined) return;
  const given = mayShow && /^[+-]?\w{1,12}$/.test(port) ? `, and it is ${port}` : "";
  throw new Refusal(`the port after the host must be a number from 1 to 65535${given}`);
}

/**
 * The parameters by canonical name, without dashes, underscores and capitals: `ssl-mode`, `ssl_mode` and `sslMode` are the
 * same. The last one of a name counts, but two values for a TLS parameter are refused. A plus sign is a space only with
 * `plusIsSpace`.
 */
export function readParameters(query: string, plusIsSpace: (name: string) => boolean = () => false): Parameters {
  const parameters = new Map<string, Parameter>();
  for (const pair of query.split("&")) {
    if (pair === "") continue;
    const mark = pair.indexOf("=");
    const name = decode(mark === -1 ? pair : pair.slice(0, mark));
    const written = mark === -1 ? "" : pair.slice(mark + 1);
    const value = decode(plusIsSpace(canonical(name)) ? written.replaceAll("+", " ") : written);
    const before = parameters.get(canonical(name))?.value;
    if (before !== undefined && before !== value && asksForTls(canonical(name)))
      throw new Refusal(`the parameter ${name} occurs twice with different values: keep one of them`);
    parameters.set(canonical(name), { name, value });
  }
  return parameters;
}

export type Parameters = ReadonlyMap<string, Parameter>;

export interface Parameter {
  /** As written. */
  readonly name: string;
  readonly value: string;
}

/** Whether a parameter's canonical name, or a driver's name, looks like TLS. */
export function asksForTls(name: string): boolean {
  return /ssl|tls|secur|cert|encrypt/.test(name);
}

export function canonical(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/g, "");
}

/** Decodes percent-encoding, and keeps a % that encodes nothing: passwords may contain `100%`. */
export function decode(text: string): string {
  return text.replaceAll(/(?:%[\dA-Fa-f]{2})+/g, (encoded) => {
    try {
      return decodeURIComponent(encoded);
    } catch {
      return encoded;
    }
  });
}
