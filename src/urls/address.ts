import type { Endpoint } from "./parts.ts";
import type { Tls } from "./tls.ts";

/** What a URL says, in the same words whatever tool it was written for. */
export type Address = PostgresAddress | MysqlAddress | SqliteAddress | RedisAddress;
export type Engine = Address["engine"];

export interface PostgresAddress {
  readonly engine: "postgres";
  /** In the order in which they are tried. */
  readonly endpoints: readonly Endpoint[];
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
  /** What the URL says of TLS. What it leaves out is for the PG… variables, and then libpq's default. */
  readonly tls: Partial<Tls>;
  /** As in `options=-c geqo=off`. */
  readonly options?: string;
  /** As in `SET search_path TO …`. */
  readonly searchPath?: string;
  readonly targetSession?: TargetSession;
  readonly channelBinding?: "disable" | "prefer" | "require";
  /** File with passwords, in place of ~/.pgpass. */
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
   * The tools disagree on what a path is relative to: where there are several, the one that exists is meant. Relative ones
   * are to the working directory.
   */
  readonly paths: readonly string[];
}

export interface RedisAddress extends Endpoint {
  readonly engine: "redis";
  readonly user?: string;
  readonly password?: string;
  /** Undefined: in plain text. */
  readonly tls?: Tls;
}

/** What was read, or why it was not: a sentence that names the parameter and never its secret. */
export type ReadAddress<A extends Address = Address> =
  | { readonly address: A; readonly warnings: readonly string[] }
  | { readonly refusal: string };
