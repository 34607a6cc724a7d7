import { countIs } from "../../kernel/count.ts";
import { ExitCode, Failure } from "../../kernel/failure.ts";
import type { Log } from "../../kernel/log.ts";
import type { Observation } from "../../kernel/observation.ts";
import { pause } from "../../kernel/pause.ts";
import { asSubject } from "../../kernel/subject.ts";
import type { UpgradeContext } from "../request.ts";
import type { SchemaCheck } from "../targets.ts";
import type { Database } from "./connect.ts";

interface Check extends SchemaCheck {
  /** The upgrade's own connection to that database, where there is one. */
  readonly own: Database | undefined;
}

const pollMs = 250;

export interface Verification {
  readonly checks: readonly SchemaCheck[];
  readonly verifySeconds: number;
}

/** Looks at every schema as the health check does. Throws a Failure where one still lacks something: 1, or 69. */
export function verifyAll(
  databases: readonly Database[],
  { checks, verifySeconds }: Verification,
  context: UpgradeContext,
): Promise<void> {
  return verify(connectChecks(databases, checks), verifySeconds, context);
}

/** The same, but only what the upgrade's own connections cannot see: what the health check sees through its own. */
export function verifyThroughHealth(
  databases: readonly Database[],
  { checks, verifySeconds }: Verification,
  context: UpgradeContext,
): Promise<void> {
  const ofHealth = connectChecks(databases, checks).filter(({ own }) => own?.health === "compared");
  return verify(ofHealth, verifySeconds, context);
}

function connectChecks(databases: readonly Database[], checks: readonly SchemaCheck[]): readonly Check[] {
  return checks.map((check) => ({
    ...check,
    own: databases.find(({ target }) => check.url === target.url || check.url === target.readBy?.url),
  }));
}

async function verify(
  checks: readonly Check[],
  verifySeconds: number,
  { clock, log, signal }: UpgradeContext,
): Promise<void> {
  const deadline = clock.now() + verifySeconds * 1000;
  let said = false;
  let left = checks;
  for (;;) {
    signal.throwIfAborted();
    const looks = await Promise.all(left.map(async (check) => ({ check, seen: await lookFor(check, log) })));
    const failing = looks.filter(({ seen }) => !isSettled(seen));
    const [first] = failing;
    if (first === undefined) return;
    const canChange = failing.some(({ check, seen }) => looksByItself(check) || isLocked(seen));
    if (!canChange || clock.now() >= deadline) throw failureOf(first.check, first.seen, verifySeconds);
    if (!said) log.info(`waiting for the health check to see it: ${describe(first.check, first.seen)}`);
    said = true;
    left = failing.map(({ check }) => check);
    await pause(clock, pollMs, signal);
  }
}

/** Through the upgrade's own session there is nothing to wait for: it has seen every change. */
function looksByItself({ own }: Check): boolean {
  return own === undefined || own.health === "compared";
}

/** Somebody has locked the table that records it: what is in it cannot be told. */
function isLocked({ verdict, pending = [] }: Observation): boolean {
  return verdict === "upgrading" && pending.length === 0;
}

async function lookFor(check: Check, log: Log): Promise<Observation> {
  const { own, name } = check;
  if (own === undefined || own.health !== "compared") return check.look(own?.ledger.session);
  const seen = await check.look();
  if (seen.verdict !== "unreachable") return seen;
  log.warn(
    `cannot look at dependencies.${name} as the health check does: ${seen.reason} The upgrade's own connection is used.`,
  );
  return check.look(own.ledger.session);
}

/** `outgrown` has more than this image needs: an upgrade cannot change that, and health says it. */
function isSettled({ verdict }: Observation): boolean {
  return verdict === "compatible" || verdict === "outgrown";
}

function describe({ name }: SchemaCheck, { verdict, pending = [], reason = "" }: Observation): string {
  // While the lock is held, what is behind looks as if it were being upgraded.
  if (isLocked({ verdict, pending })) return `the table that records the migrations of dependencies.${name} is locked`;
  const word = verdict === "upgrading" ? "behind" : verdict;
  const names = `${countIs(pending.length, "migration")} not applied: ${pending.slice(0, 10).join(", ")}.`;
  return `dependencies.${name} is still ${word}: ${pending.length > 0 && verdict !== "dirty" ? names : reason}`;
}

function failureOf(check: Check, seen: Observation, verifySeconds: number): Failure {
  const { own } = check;
  if (seen.verdict === "unreachable")
    return new Failure(ExitCode.unreachable, `cannot verify dependencies.${check.name}: ${seen.reason}`);
  if (isLocked(seen))
    return new Failure(
      ExitCode.gaveUp,
      `cannot verify dependencies.${check.name} within ${verifySeconds} s: another session holds a lock on the table that records its migrations.`,
    );
  const { readBy } = own?.target ?? {};
  const how =
    own === undefined
      ? "Did the tool run in the right database?"
      : own.health === "compared"
        ? `This is what the health check sees (${asSubject(readBy?.origin ?? "")} reaches ${readBy?.place}) after ${verifySeconds} s. Is it a replica that lags, or a role with another search_path?`
        : "Has something removed what was applied?";
  return new Failure(ExitCode.failed, `${describe(check, seen)} ${how}`);
}
