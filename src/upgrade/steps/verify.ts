import { countIs } from "../../kernel/count.ts";
import { ExitCode, Failure } from "../../kernel/failure.ts";
import type { Log } from "../../kernel/log.ts";
import type { Observation } from "../../kernel/observation.ts";
import { pause } from "../../kernel/pause.ts";
import { asSubject } from "../../kernel/subject.ts";
import type { UpgradeContext } from "../request.ts";
import type { DependencyCheck } from "../../targets/targets.ts";
import type { Database } from "./connect.ts";

interface Check extends DependencyCheck {
  /** The upgrade's own connection to that database, if it has one. */
  readonly own: Database | undefined;
}

const pollMs = 250;

export interface Verification {
  readonly checks: readonly DependencyCheck[];
  readonly verifySeconds: number;
}

/** Looks at every check as the health check does. Throws a Failure: 1 if one is not compatible, 69, or 75. */
export function verifyAll(
  databases: readonly Database[],
  { checks, verifySeconds }: Verification,
  context: UpgradeContext,
): Promise<void> {
  return verify(connectChecks(databases, checks), verifySeconds, context);
}

/**
 * Verifies what the survey cannot see: the schemas that the health check reads through another connection than the upgrade's,
 * and what `upgrade.verify` names.
 */
export function verifyUnseen(
  databases: readonly Database[],
  { checks, verifySeconds }: Verification,
  context: UpgradeContext,
): Promise<void> {
  const unseen = connectChecks(databases, checks).filter(({ own, isListed }) => isListed || own?.health === "compared");
  return verify(unseen, verifySeconds, context);
}

/** A dependency that `upgrade.verify` names and that is not what this release needs. */
export interface Regression {
  readonly name: string;
  readonly reason: string;
}

/**
 * Looks once at what `upgrade.verify` names. A service that cannot be reached is left to the verification, which waits for it: a
 * hook would not start it. A file that is missing is a regression.
 */
export async function findRegressions(
  databases: readonly Database[],
  checks: readonly DependencyCheck[],
  { log }: Pick<UpgradeContext, "log">,
): Promise<readonly Regression[]> {
  const listed = connectChecks(databases, checks).filter(({ isListed }) => isListed);
  const looks = await Promise.all(listed.map(async (check) => ({ check, seen: await lookFor(check, log) })));
  return looks
    .filter(({ check, seen }) => !isSettled(seen) && (seen.verdict !== "unreachable" || check.isLocal))
    .map(({ check, seen }) => ({ name: check.name, reason: describe(check, seen) }));
}

function connectChecks(databases: readonly Database[], checks: readonly DependencyCheck[]): readonly Check[] {
  return checks.map((check) => ({
    ...check,
    own: databases.find(({ target }) => check.url === target.url || (check.url ?? "") === target.readBy?.url),
  }));
}

async function verify(
  checks: readonly Check[],
  verifySeconds: number,
  { clock, log, signal }: UpgradeContext,
): Promise<void> {
  const deadline = clock.now() + verifySeconds * 1000;
  let isReported = false;
  let left = checks;
  for (;;) {
    signal.throwIfAborted();
    const looks = await Promise.all(left.map(async (check) => ({ check, seen: await lookFor(check, log) })));
    const failing = looks.filter(({ seen }) => !isSettled(seen));
    const [first] = failing;
    if (first === undefined) return;
    const canChange = failing.some(({ check, seen }) => looksByItself(check) || isLocked(seen));
    if (!canChange || clock.now() >= deadline) throw failureOf(first.check, first.seen, verifySeconds);
    if (!isReported) log.info(`waiting for ${awaitedIn(first.check)}: ${describe(first.check, first.seen)}`);
    isReported = true;
    left = failing.map(({ check }) => check);
    await pause(clock, pollMs, signal);
  }
}

function awaitedIn({ url }: DependencyCheck): string {
  return url === undefined ? "the verification" : "the health check to see it";
}

/** Whether the look uses its own connection. The upgrade's session sees every change at once, so it needs no wait. */
function looksByItself({ own }: Check): boolean {
  return own === undefined || own.health === "compared";
}

/** Whether another session has locked the history table, so that it cannot be read. */
function isLocked({ verdict, pending = [] }: Observation): boolean {
  return verdict === "upgrading" && pending.length === 0;
}

async function lookFor(check: Check, log: Log): Promise<Observation> {
  const { own, name } = check;
  if (own === undefined || own.health !== "compared") return check.look(own?.ledger.session);
  const seen = await check.look();
  if (seen.verdict !== "unreachable" || check.isLocal) return seen;
  log.warn(
    `cannot look at dependencies.${name} as the health check does: ${seen.reason} The upgrade's own connection is used.`,
  );
  return check.look(own.ledger.session);
}

/** An upgrade cannot change `outgrown`, and the health check reports it. */
function isSettled({ verdict }: Observation): boolean {
  return verdict === "compatible" || verdict === "outgrown";
}

function describe({ name }: DependencyCheck, { verdict, pending = [], reason = "" }: Observation): string {
  // While the lock is held, a schema that is behind looks as if it were being upgraded.
  if (isLocked({ verdict, pending })) return `the table that records the migrations of dependencies.${name} is locked`;
  const word = verdict === "upgrading" ? "behind" : verdict;
  const names = `${countIs(pending.length, "migration")} not applied: ${pending.slice(0, 10).join(", ")}.`;
  return `dependencies.${name} is still ${word}: ${pending.length > 0 && verdict !== "dirty" ? names : reason}`;
}

function failureOf(check: Check, seen: Observation, verifySeconds: number): Failure {
  const { own } = check;
  if (seen.verdict === "unreachable" && !check.isLocal)
    return new Failure(ExitCode.unreachable, `cannot verify dependencies.${check.name}: ${seen.reason}`);
  if (isLocked(seen))
    return new Failure(
      ExitCode.gaveUp,
      `cannot verify dependencies.${check.name} within ${verifySeconds} s: another session holds a lock on the table that records its migrations.`,
    );
  const { readBy } = own?.target ?? {};
  if (check.url === undefined)
    return new Failure(
      ExitCode.failed,
      `${describe(check, seen)} No release is recorded, because upgrade.verify names it.`,
    );
  const how =
    own === undefined
      ? "Did the tool run in the right database?"
      : own.health === "compared"
        ? `This is what the health check sees (${asSubject(readBy?.origin ?? "")} reaches ${readBy?.place}) after ${verifySeconds} s. Is it a replica that lags, or a role with another search_path?`
        : "Has something removed what was applied?";
  return new Failure(ExitCode.failed, `${describe(check, seen)} ${how}`);
}
