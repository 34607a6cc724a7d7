/**
 * The result of one look at a dependency. The health check passes only if it is `compatible`.
 * - `behind`: the found version is lower than the needed one; run an upgrade
 * - `outgrown`: the dependency no longer supports this app version
 * - `dirty`: a failed migration is recorded
 * - `upgrading`: an upgrade holds the lock or the table
 * - `unreachable`: it does not answer
 * - `unreadable`: it answers, but without a readable version
 * - `unknown`: no look has completed yet
 */
export type Verdict =
  | "compatible"
  | "behind"
  | "outgrown"
  | "dirty"
  | "upgrading"
  | "unreachable"
  | "unreadable"
  | "unknown";

export interface Observation {
  readonly verdict: Verdict;
  /** The dependency's version, as a person would write it. */
  readonly found?: string;
  /** The version that this image needs. */
  readonly needed?: string;
  /** One sentence with the cause and the fix. Left out if compatible. Never contains a secret or SQL. */
  readonly reason?: string;
  /** Names of missing migrations, in the order in which an upgrade would apply them. */
  readonly pending?: readonly string[];
  /** The server refused this look because all its connections were taken. It says nothing about the dependency. */
  readonly isCrowded?: boolean;
}

/** The type of a dependency in health+json (§4.1.2 of the draft). */
export type ComponentType = "component" | "datastore" | "system";
