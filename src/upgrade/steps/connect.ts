import { UnreachableError, type Session } from "../../kernel/database.ts";
import { ExitCode, Failure } from "../../kernel/failure.ts";
import { pause } from "../../kernel/pause.ts";
import { asSubject } from "../../kernel/subject.ts";
import type { LedgerOptions } from "../../ledger/engine.ts";
import { loadEngine } from "../../ledger/engines.ts";
import type { Comparison, Identity } from "../../ledger/identity.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import { createOpener } from "../../ledger/sessions.ts";
import { explaining } from "../explain.ts";
import type { Connections, Scope, UpgradeContext } from "../request.ts";
import type { Connection, UpgradeTarget } from "../../targets/targets.ts";

/** A database that the upgrade has reached, and whether the health check reaches the same one. */
export interface Database {
  readonly target: UpgradeTarget;
  readonly ledger: Ledger;
  readonly identity: Identity;
  readonly health: HealthAccess;
  /** Whether the app uses the upgrade's role. True if unknown. */
  readonly sharesRole: boolean;
}

/**
 * - `shared`: the health check uses the same URL
 * - `compared`: it has another URL, which reaches the same database
 * - `different`: it reaches another database, and the configuration allows that
 * - `unreachable`: it cannot be reached from here
 */
type HealthAccess = "shared" | "compared" | "different" | "unreachable";

export interface ConnectRequest {
  readonly scope: Pick<Scope, "targets" | "allowDifferentDatabase">;
  readonly connections: Connections;
  readonly purpose: LedgerOptions["purpose"];
}

/**
 * Connects to every target, and checks that the health check reads the same databases. Throws a Failure: 69 if one is
 * unreachable, 78 if the health check reads another one.
 * @param opened closes the sessions
 */
export async function connect(
  { scope, connections, purpose }: ConnectRequest,
  context: UpgradeContext,
  opened: AsyncDisposableStack,
): Promise<readonly Database[]> {
  const open = createOpener({ ...context, ...connections }, opened);
  const openAfresh = connections.openSession;
  const databases: Database[] = [];
  for (const target of scope.targets) {
    const { openLedger } = await loadEngine(target.url);
    const ledger = await openLedger(target.url, { purpose, open, openAfresh, context });
    const reach = async () => {
      const identity = await ledger.identify();
      if (purpose !== "plan") logDatabase(target, identity, context);
      const access = await compareWithHealth(target, ledger, { scope, connections }, context);
      return { target, ledger, identity, ...access };
    };
    databases.push(await explaining([ledger], reach));
  }
  return databases;
}

function logDatabase({ place, origin }: Connection, { database, role }: Identity, { log }: UpgradeContext): void {
  log.info(`using ${describeDatabase({ place, database, role, origin })}`, { place, database, role, origin });
}

/** Throws a Failure (78) if the health check reads another database than the upgrade. */
async function compareWithHealth(
  target: UpgradeTarget,
  ledger: Ledger,
  { scope, connections }: Omit<ConnectRequest, "purpose">,
  context: UpgradeContext,
): Promise<Pick<Database, "health" | "sharesRole">> {
  const { readBy } = target;
  if (readBy === undefined) return { health: "shared", sharesRole: true };
  const session = await openPatiently(readBy, connections, context);
  if (session === undefined) return { health: "unreachable", sharesRole: true };
  try {
    const comparison = await ledger.compareWith(session);
    const { ours, theirs, difference } = comparison;
    const sharesRole = ours.role === theirs.role;
    if (difference === undefined) {
      warnOfOtherSchema(target, readBy, comparison, context);
      return { health: "compared", sharesRole };
    }
    const what = `the upgrade and the health check reach different databases: ${describe(target)}, and ${describe(readBy)}. ${difference}`;
    if (!scope.allowDifferentDatabase) throw refusal(what);
    context.log.warn(`${what}. upgrade.allowDifferentDatabase allows it.`);
    return { health: "different", sharesRole };
  } finally {
    await session.close();
  }
}

export interface NamedDatabase {
  readonly place: string;
  /** The server's own name for it. A pooler may use another name. */
  readonly database: string;
  readonly role: string;
  /** The source of its URL. */
  readonly origin: string;
}

export function describeDatabase({ place, database, role, origin }: NamedDatabase): string {
  const name = place.endsWith(`/${database}`) ? "" : `, database ${database},`;
  return `${place}${name} as ${role} (${origin})`;
}

function refusal(what: string): Failure {
  const fix =
    "Correct one of the two URLs, or set upgrade.allowDifferentDatabase if this is meant. Nothing was changed";
  return new Failure(ExitCode.configuration, `${what}. ${fix}.`);
}

function describe({ place, origin }: Connection): string {
  return `${asSubject(origin)} reaches ${place}`;
}

/** Warns if the app looks for tables in another schema. Migrations that name their schema are not affected. */
function warnOfOtherSchema(
  target: Connection,
  readBy: Connection,
  { ours, theirs }: Comparison,
  { log }: UpgradeContext,
): void {
  if (ours.schema === theirs.schema) return;
  const name = (schema: string | undefined) => schema ?? "no schema";
  log.warn(
    `the upgrade (${target.origin}) creates tables in ${name(ours.schema)}, but the app (${readBy.origin}) looks for them in ${name(theirs.schema)} first. Give both roles the same search_path, unless the migrations name the schema.`,
  );
}

/** The longest time to keep trying the health check's connection, in milliseconds. */
const patienceMs = 5000;
const retryMs = 250;

/** Warns and returns undefined if the database is unreachable: a network policy may admit only the app. */
async function openPatiently(
  readBy: Connection,
  { connectTimeoutSeconds, openHealthSession }: Connections,
  { clock, log, signal }: UpgradeContext,
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
