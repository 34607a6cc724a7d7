import type { Session } from "../kernel/database.ts";
import { ExitCode, Failure } from "../kernel/failure.ts";
import { asSubject } from "../kernel/subject.ts";
import { keepsLedger } from "../ledger/engines.ts";
import type { MigrationFile } from "../migrations/migration-file.ts";
import { describeServer } from "../urls/describe.ts";
import { productOf } from "../urls/read.ts";
import type { Connection, UpgradeTarget } from "./targets.ts";

export interface TargetOptions {
  /** Schemas, and dependencies on this app's own release, in the order of the configuration. */
  readonly dependencies: readonly Dependency[];
  /** `upgrade.url` */
  readonly ownUrl: string | undefined;
  /** Whether `upgrade.migrate` is set. */
  readonly hasTool: boolean;
  /** Names the file or variable that set a key. */
  readonly originOf: (key: string) => string;
  /** Says in one sentence why the configuration holds no database. Called only for a refusal. */
  readonly describeGap: () => Promise<string | undefined>;
}

interface Dependency {
  readonly name: string;
  readonly settings: { readonly url: string };
  /** Only schemas have a source. */
  readonly source?: Source;
}

interface Schema extends Dependency {
  readonly source: Source;
}

const isSchema = (dependency: Dependency): dependency is Schema => dependency.source !== undefined;

type Source =
  | { readonly recordedBy: "seaworthy"; readonly table: string; readonly migrations: readonly MigrationFile[] }
  | {
      readonly recordedBy: "tool";
      readonly history: { readonly read: (session: Session) => Promise<{ readonly missing: readonly string[] }> };
    };

/** Finds the databases that an upgrade works on. Throws a Failure (78) if the configuration contradicts itself. */
export async function findTargets(options: TargetOptions): Promise<readonly UpgradeTarget[]> {
  const { ownUrl, originOf } = options;
  // Databases without a ledger are upgraded by their own tool.
  const dependencies = options.dependencies.filter(({ settings }) => keepsLedger(settings.url));
  const connections = connectionsOf(dependencies, originOf);
  const [allSchemas, schemas] = [options.dependencies.filter(isSchema), dependencies.filter(isSchema)];
  const own = ownUrl === undefined ? undefined : connectionOf(ownUrl, originOf("upgrade.url"));
  if (own !== undefined && connections.size > 1) {
    throw new Failure(
      ExitCode.configuration,
      `upgrade.url stands for one database, but the dependencies have ${connections.size} different URLs. Remove upgrade.url, or give the dependencies one URL.`,
    );
  }
  if (own === undefined && connections.size === 0)
    refuseNothing(allSchemas, { originOf, gap: await options.describeGap() });
  refuseTwoRunners(allSchemas, options.hasTool);
  refuseSharedHistory(schemas);
  if (own !== undefined && connections.size === 0) return [{ ...own, readBy: undefined, schemas: [], toolSchemas: [] }];
  // One target per database, always in the same order: two upgrades that lock several databases cannot deadlock.
  return [...connections.keys()].toSorted().map((url) => {
    const health = connections.get(url) ?? connectionOf(url, "");
    const connection = own ?? health;
    const there = schemas.filter(({ settings }) => settings.url === url);
    return { ...connection, readBy: connection.url === health.url ? undefined : health, ...contentOf(there) };
  });
}

/** Returns one connection per URL. Its origin is the first dependency with that URL. */
function connectionsOf(
  dependencies: readonly Dependency[],
  originOf: TargetOptions["originOf"],
): ReadonlyMap<string, Connection> {
  return new Map(
    dependencies
      .toReversed()
      .map(({ name, settings: { url } }) => [url, connectionOf(url, originOf(`dependencies.${name}.url`))]),
  );
}

function connectionOf(url: string, origin: string): Connection {
  return { url, place: describeServer(url), origin };
}

function contentOf(schemas: readonly Schema[]): Pick<UpgradeTarget, "schemas" | "toolSchemas"> {
  return {
    schemas: schemas.flatMap(({ source }) =>
      source.recordedBy === "seaworthy" ? [{ history: source.table, migrations: source.migrations }] : [],
    ),
    toolSchemas: schemas.flatMap(({ name, source }) =>
      source.recordedBy === "tool"
        ? [{ name, missing: async (session: Session) => (await source.history.read(session)).missing }]
        : [],
    ),
  };
}

interface Known {
  readonly originOf: TargetOptions["originOf"];
  readonly gap: string | undefined;
}

/** Says what is configured, and why that is not enough. */
function refuseNothing(schemas: readonly Schema[], { originOf, gap }: Known): never {
  const [outside] = schemas;
  if (outside !== undefined) {
    const { name, settings } = outside;
    const place = `${asSubject(originOf(`dependencies.${name}.url`))} leads to ${productOf(settings.url)}`;
    throw new Failure(
      ExitCode.configuration,
      `${place}, and seaworthy keeps the lock and the record of an upgrade in Postgres only. Set upgrade.url to a Postgres database and upgrade.migrate to the tool's command; or run the tool yourself, without --upgrade: the health check sees what it has applied.`,
    );
  }
  throw new Failure(
    ExitCode.configuration,
    "there is nothing to upgrade: no dependency of kind schema or release, and no upgrade.url. Set DATABASE_URL and add a ./migrations folder, or write a seaworthy.yaml.",
    { details: gap === undefined ? [] : [gap] },
  );
}

/** A tool without a schema has nothing to migrate: then `history:` is missing from one of seaworthy's schemas. */
function refuseTwoRunners(schemas: readonly Schema[], hasTool: boolean): void {
  const own = schemas.find(({ source }) => source.recordedBy === "seaworthy");
  if (!hasTool || own === undefined || schemas.some(({ source }) => source.recordedBy === "tool")) return;
  const fix = `Say whose history tells of its migrations: dependencies.${own.name}.history`;
  throw new Failure(
    ExitCode.configuration,
    `upgrade.migrate runs another tool, but dependencies.${own.name} is recorded by seaworthy. ${fix}.`,
  );
}

/** If two folders shared a history, each would report the other's applied migrations as vanished files. */
function refuseSharedHistory(schemas: readonly Schema[]): void {
  const seen = new Map<string, string>();
  for (const { name, settings, source } of schemas) {
    if (source.recordedBy !== "seaworthy") continue;
    const place = JSON.stringify([settings.url, source.table]);
    const other = seen.get(place);
    if (other !== undefined) {
      throw new Failure(
        ExitCode.configuration,
        `dependencies.${other} and dependencies.${name} have one history, ${source.table} in the same database. Give one of them a table of its own: dependencies.${name}.table.`,
      );
    }
    seen.set(place, name);
  }
}
