import { UnreachableError, type Session } from "../../kernel/database.ts";
import { ExitCode, Failure } from "../../kernel/failure.ts";
import { findDifference, identify, readSystemIdentifier, type Identity } from "../../ledger/postgres/identity.ts";
import { pause } from "../../kernel/pause.ts";
import type { Connection, UpgradePorts, UpgradeTarget } from "../ports.ts";
import { asSubject } from "../../kernel/subject.ts";

export interface DatabaseOptions extends Pick<UpgradePorts, "clock" | "log" | "signal"> {
  readonly allowDifferentDatabase: boolean;
  readonly connectTimeoutSeconds: number;
  /** Opens the health check's own connection. Rejects with an UnreachableError. */
  readonly openHealthSession: (url: string) => Promise<Session>;
}

/** A database that the upgrade has reached, and what is known of the health check's way to it. */
export interface ReachedDatabase {
  readonly identity: Identity;
  /**
   * - `shared`: the health check uses the same URL
   * - `compared`: it reaches the same database by a URL of its own
   * - `different`: it reaches another database, as the configuration allows
   * - `unreachable`: it cannot be reached from here
   */
  readonly health: "shared" | "compared" | "different" | "unreachable";
  /** Whether the app's sessions have the upgrade's role, as far as is known. */
  readonly sharesRole: boolean;
}

/** Finds out where a target is, says so, and sees to it that the health check reads the same database. Throws a Failure (78). */
export async function reachDatabase(
  target: UpgradeTarget,
  session: Session,
  options: DatabaseOptions,
): Promise<ReachedDatabase> {
  const identity = await identify(session);
  const { place, origin } = target;
  const { database, role } = identity;
  options.log.info(`using ${describeDatabase({ place, database, role, origin })}`, { place, database, role, origin });
  return compareWithHealth(target, session, identity, options);
}

/** Throws a Failure (78) where the health check reads another database than the one that would be upgraded. */
export async function compareWithHealth(
  target: UpgradeTarget,
  session: Session,
  identity: Identity,
  options: DatabaseOptions,
): Promise<ReachedDatabase> {
  const { readBy } = target;
  if (readBy === undefined) return { identity, health: "shared", sharesRole: true };
  const health = await openPatiently(readBy, options);
  if (health === undefined) return { identity, health: "unreachable", sharesRole: true };
  try {
    const theirs = { ...(await identify(health)), system: await readSystemIdentifier(health) };
    // Asked after the other has answered: both sessions live at this moment, and no restart lies between.
    const ours = { ...(await identify(session)), system: await readSystemIdentifier(session) };
    const difference = findDifference(ours, theirs);
    const sharesRole = ours.role === theirs.role;
    if (difference === undefined) {
      warnOfOtherSchema(target, readBy, ours, theirs, options);
      return { identity, health: "compared", sharesRole };
    }
    refuseDifference(target, readBy, difference, options);
    return { identity, health: "different", sharesRole };
  } finally {
    await health.close();
  }
}

export interface NamedDatabase {
  readonly place: string;
  /** As the server calls it: a pooler may have another name for it. */
  readonly database: string;
  readonly role: string;
  /** Where its URL was written. */
  readonly origin: string;
}

export function describeDatabase({ place, database, role, origin }: NamedDatabase): string {
  const name = place.endsWith(`/${database}`) ? "" : `, database ${database},`;
  return `${place}${name} as ${role} (${origin})`;
}

function refuseDifference(
  target: Connection,
  readBy: Connection,
  difference: string,
  { allowDifferentDatabase, log }: DatabaseOptions,
): void {
  const what = `the upgrade and the health check reach different databases: ${describe(target)}, and ${describe(readBy)}. ${difference}`;
  if (allowDifferentDatabase) return log.warn(`${what}. upgrade.allowDifferentDatabase allows it.`);
  const fix =
    "Correct one of the two URLs, or set upgrade.allowDifferentDatabase if this is meant. Nothing was changed";
  throw new Failure(ExitCode.configuration, `${what}. ${fix}.`);
}

function describe({ place, origin }: Connection): string {
  return `${asSubject(origin)} reaches ${place}`;
}

/** Tables would be made where the app does not look for them. Migrations that name their schema are not concerned. */
function warnOfOtherSchema(
  target: Connection,
  readBy: Connection,
  ours: Identity,
  theirs: Identity,
  { log }: DatabaseOptions,
): void {
  if (ours.schema === theirs.schema) return;
  const name = (schema: string | undefined) => schema ?? "no schema";
  log.warn(
    `the upgrade (${target.origin}) creates tables in ${name(ours.schema)}, but the app (${readBy.origin}) looks for them in ${name(theirs.schema)} first. Give both roles the same search_path, unless the migrations name the schema.`,
  );
}

/** How long the health check's connection is tried, at most, in milliseconds. */
const patienceMs = 5000;
const retryMs = 250;

/** Undefined, and a warning, where it cannot be reached from here: a network policy may allow that to the app only. */
async function openPatiently(
  readBy: Connection,
  { clock, connectTimeoutSeconds, log, openHealthSession, signal }: DatabaseOptions,
): Promise<Session | undefined> {
  const deadline = clock.now() + Math.min(patienceMs, connectTimeoutSeconds * 1000);
  for (;;) {
    try {
      return await openHealthSession(readBy.url);
    } catch (error) {
      if (!(error instanceof UnreachableError)) throw error;
      if (!error.transient || clock.now() >= deadline) {
        log.warn(
          `cannot check that the health check reads the database that is upgraded (${readBy.origin}): ${error.message} Going on without.`,
        );
        return undefined;
      }
      await pause(clock, retryMs, signal);
    }
  }
}
