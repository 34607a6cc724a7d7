import { compareVersions } from "../versions/compare.ts";
import { parseRelease } from "../versions/parse.ts";
import { heartbeat, type LiveVersion } from "./instances.ts";

export interface LiveInstances {
  readonly reported: readonly LiveVersion[];
  /** Versions that a server's list of sessions shows. Empty text: unknown. */
  readonly inSessions: readonly string[];
  /** The age of the table of live instances, while some of them may not have reported yet. */
  readonly tooNewSeconds: number | undefined;
}

/**
 * Names the live instances that are older than a floor, in one sentence. Undefined if there are none. A version that cannot
 * be compared counts as old.
 */
export function describeOlder(live: LiveInstances, floor: string): string | undefined {
  const { reported, inSessions, tooNewSeconds } = live;
  const reportedOlder = reported.filter(({ version }) => isOlder(version, floor));
  const isReported = (version: string) => reportedOlder.some((one) => (one.version ?? "") === version);
  const older = [
    ...reportedOlder.map((one) => `${nameOf(one.version)} (${hostsOf(one)})`),
    ...inSessions.filter((version) => isOlder(version, floor) && !isReported(version)).map(nameOf),
  ];
  if (older.length > 0) return `instances older than ${floor} are alive: ${older.join(", ")}`;
  if (tooNewSeconds === undefined) return undefined;
  return `instances older than ${floor} may be alive: seaworthy began to record live instances ${tooNewSeconds} s ago, and knows all of them after ${heartbeat.countsForSeconds} s`;
}

function nameOf(version: string | undefined): string {
  return version === undefined || version === "" ? "of unknown version" : version;
}

function hostsOf({ count, hosts }: LiveVersion): string {
  const more = count - hosts.length;
  return more > 0 ? `${hosts.join(", ")} and ${more} more` : hosts.join(", ");
}

function isOlder(version: string | undefined, floor: string): boolean {
  const [alive, bound] = [version === undefined ? undefined : parseRelease(version), parseRelease(floor)];
  return alive === undefined || bound === undefined || compareVersions(alive, bound) < 0;
}
