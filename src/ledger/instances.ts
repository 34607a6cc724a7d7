import type { ReadSession, Row } from "../kernel/database.ts";

/** A running container that looks at this database. */
export interface Instance {
  /** Unique to this start of the container. */
  readonly id: string;
  readonly app: string;
  readonly version: string | undefined;
  readonly host: string;
}

/** The live instances of one version of an app. */
export interface LiveVersion {
  /** Undefined if the image does not say. */
  readonly version: string | undefined;
  readonly count: number;
  /** The start of the oldest, in ISO 8601. */
  readonly since: string;
  /** Some of their host names, in order. */
  readonly hosts: readonly string[];
}

/** Of a row with `version`, `count` and `since`. */
export function liveVersion(row: Row, hosts: readonly string[]): LiveVersion {
  const { version, count, since } = row;
  return {
    version: version === null ? undefined : String(version),
    count: Number(count),
    since: String(since),
    hosts: hosts.slice(0, shownHosts),
  };
}

/** How often an instance reports, and how long a report counts. A report may be lost, and the next one be late. */
export const heartbeat = { everyMs: 30_000, countsForSeconds: 90 } as const;

/** A list of host names is for people: it names this many. */
export const shownHosts = 5;

/** The instances that report to a database. A role that may only read can report. */
export interface Instances {
  /**
   * Reports that the instance is alive. Returns the number of live instances of its app, or undefined if no upgrade has
   * prepared the database yet. Rejects with a StatementError if the server refuses.
   */
  readonly report: (session: ReadSession, instance: Instance) => Promise<number | undefined>;
  /** Withdraws the report at the end of an instance. */
  readonly withdraw: (session: ReadSession, id: string) => Promise<void>;
  /** The app's live versions, oldest report first. Undefined if no upgrade has prepared the database yet. */
  readonly list: (session: ReadSession, app: string) => Promise<readonly LiveVersion[] | undefined>;
}
