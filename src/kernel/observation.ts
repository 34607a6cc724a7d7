/**
 * What one look at a dependency says of it. Only `compatible` lets the health check pass.
 * - `behind`: found is lower than needed; an upgrade is due
 * - `outgrown`: the dependency no longer serves this app version
 * - `dirty`: a failed migration is recorded
 * - `upgrading`: an upgrade holds the lock or the table
 * - `unreachable`: no answer
 * - `unreadable`: an answer, but no version could be read from it
 * - `unknown`: not looked yet
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
  /** The version that the dependency has, as a person would write it. */
  readonly found?: string;
  /** The version that this image needs. */
  readonly needed?: string;
  /** One sentence: why, and what to do. Left out when compatible. Never holds a secret or SQL. */
  readonly reason?: string;
  /** Names of what is missing, in the order in which an upgrade would apply them. */
  readonly pending?: readonly string[];
}

/** What health+json calls the thing that is looked at (§4.1.2 of the draft). */
export type ComponentType = "component" | "datastore" | "system";
