import type { Session } from "../kernel/database.ts";
import { keepsLedger } from "../ledger/engines.ts";
import { describeServer } from "../urls/describe.ts";
import { engineOf } from "../urls/read.ts";
import { isOfTool, isSchema, type Dependency, type Schema } from "./dependency.ts";
import { refuseLedger, refuseNothing, refuseOwnUrl, refuseRunners, refuseSharedHistory } from "./refuse-targets.ts";
import type { Connection, UpgradeTarget } from "./targets.ts";

export interface TargetOptions {
  /** Schemas, and dependencies on this app's own release, in the order of the configuration. */
  readonly dependencies: readonly Dependency[];
  /** `upgrade.url` */
  readonly ownUrl: string | undefined;
  /** `upgrade.ledger` */
  readonly ledgerUrl: string | undefined;
  /** Whether `upgrade.migrate` is set. */
  readonly hasTool: boolean;
  /** Names the file or variable that set a key. */
  readonly originOf: (key: string) => string;
  /** Says in one sentence why the configuration holds no database. Called only for a refusal. */
  readonly describeGap: () => Promise<string | undefined>;
}

/** Finds the databases that an upgrade works on. Throws a Failure (78) if the configuration contradicts itself. */
export async function findTargets(options: TargetOptions): Promise<readonly UpgradeTarget[]> {
  const { dependencies, ownUrl, ledgerUrl, originOf } = options;
  const schemas = dependencies.filter(isSchema);
  if (ledgerUrl !== undefined && !keepsLedger(ledgerUrl)) refuseLedger(ledgerUrl, originOf("upgrade.ledger"));
  refuseRunners(schemas, options.hasTool);
  refuseSharedHistory(schemas);
  const connections = connectionsOf(options);
  const own = ownUrl === undefined ? undefined : connectionOf(ownUrl, originOf("upgrade.url"));
  if (own === undefined && connections.size === 0)
    refuseNothing(schemas, { originOf, gap: await options.describeGap() });
  const replaced = own === undefined ? undefined : replacedBy(own, [...connections.values()]);
  // One target per database, always in the same order: two upgrades that lock several databases cannot deadlock.
  return [...connections.keys()].toSorted().map((url) => {
    const health = connections.get(url) ?? connectionOf(url, "");
    const connection = own !== undefined && health === replaced ? own : health;
    const there = schemas.filter(({ settings }) => settings.url === url);
    const isRead = dependencies.some(({ settings }) => settings.url === url);
    const readBy = connection.url === health.url || !isRead ? undefined : health;
    return { ...connection, readBy, ...contentOf(there) };
  });
}

/** The connection that `upgrade.url` stands for: the only one to a database of that engine. */
function replacedBy(own: Connection, connections: readonly Connection[]): Connection {
  const alike = connections.filter(({ url }) => engineOf(url) === engineOf(own.url));
  const [one] = alike;
  return one === undefined || alike.length > 1 ? refuseOwnUrl(own, { connections, alike }) : one;
}

/**
 * One connection for each URL of a database that gets a ledger. Its origin is the first dependency with that URL. With
 * `upgrade.ledger`, a database that only another tool migrates has none: its lock and record are in that ledger.
 */
function connectionsOf({ dependencies, ledgerUrl, originOf }: TargetOptions): ReadonlyMap<string, Connection> {
  const kept = dependencies.filter(({ settings }) => keepsLedger(settings.url));
  const recorded = ledgerUrl === undefined ? kept : kept.filter((dependency) => !isOfTool(dependency));
  const ledger =
    ledgerUrl === undefined ? [] : [[ledgerUrl, connectionOf(ledgerUrl, originOf("upgrade.ledger"))] as const];
  const named = recorded
    .toReversed()
    .map(({ name, settings: { url } }) => [url, connectionOf(url, originOf(`dependencies.${name}.url`))] as const);
  return new Map([...ledger, ...named]);
}

function connectionOf(url: string, origin: string): Connection {
  return { url, place: describeServer(url), origin };
}

function contentOf(schemas: readonly Schema[]): Pick<UpgradeTarget, "schemas" | "toolSchemas"> {
  return {
    schemas: schemas.flatMap(({ name, source }) =>
      source.recordedBy === "seaworthy" ? [{ name, history: source.table, migrations: source.migrations }] : [],
    ),
    toolSchemas: schemas.flatMap(({ name, source }) =>
      source.recordedBy === "tool"
        ? [{ name, missing: async (session: Session) => (await source.history.read(session)).missing }]
        : [],
    ),
  };
}
