import type { Endpoint } from "./parts.ts";
import type { Tls } from "./tls.ts";

/** The content of a URL, in the same form for every tool's notation. */
export type Address = PostgresAddress | MysqlAddress | SqliteAddress | RedisAddress;
export type Engine = Address["engine"];

export interface PostgresAddress {
  readonly engine: "postgres";
  /** In the order of the tries. */
  readonly endpoints: readonly Endpoint[];
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
  /** The URL's TLS settings. For others, the PG… variables apply, then libpq's defaults. */
  readonly tls: Partial<Tls>;
  /** As in `options=-c geqo=off`. */
  readonly options?: string;
  /** As in `SET search_path TO …`. */
  readonly searchPath?: string;
  readonly targetSession?: TargetSession;
  readonly channelBinding?: "disable" | "prefer" | "require";
  /** File with passwords, instead of ~/.pgpass. */
  readonly passwordFile?: string;
}

/** https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-TARGET-SESSION-ATTRS */
export type TargetSession = (typeof targetSessions)[number];
export const targetSessions = ["any", "read-write", "read-only", "primary", "standby", "prefer-standby"] as const;

export interface MysqlAddress extends Endpoint {
  readonly engine: "mysql";
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
  readonly tls: Tls;
}

export interface SqliteAddress {
  readonly engine: "sqlite";
  /**
   * Tools resolve relative paths against different folders. If there are several paths, the one that exists is meant. All
   * are relative to the working directory.
   */
  readonly paths: readonly string[];
  /** The parameter that forbids to write to the file, as in `mode=ro`. */
  readonly readOnlyBy?: string;
  /** Whether the file must exist: `mode=rw`. */
  readonly mustExist?: true;
}

export interface RedisAddress extends Endpoint {
  readonly engine: "redis";
  readonly user?: string;
  readonly password?: string;
  /** Undefined: plain text. */
  readonly tls?: Tls;
}

/** The address, or the reason for a refusal: a sentence that may name a parameter, and never contains a secret. */
export type ReadAddress<A extends Address = Address> =
  | { readonly address: A; readonly warnings: readonly string[] }
  | { readonly refusal: string };
