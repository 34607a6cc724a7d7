import type { Loaded } from "../src/config/load.ts";
import type { Settings } from "../src/config/settings.ts";
import { ownHistory } from "../src/ledger/postgres/tables/history.ts";
import type { Session } from "../src/kernel/database.ts";
import { ExitCode, Failure } from "../src/kernel/failure.ts";
import { locate } from "../src/platform/processes/commands.ts";
import { describeServer } from "../src/urls/describe.ts";
import { productOf } from "../src/urls/read.ts";
import type { Connection, UpgradeTarget } from "../src/upgrade/ports.ts";
import type { SchemaSource } from "./schema-source.ts";
import type { PreparedDependency } from "./prepare-dependencies.ts";
import { asSubject } from "../src/kernel/subject.ts";

type Configured = Pick<Loaded, "settings" | "originOf" | "describeGap">;

/** The databases that an upgrade works on. Throws a Failure (78) for what cannot be. */
export async function upgradeTargets(
  { settings: { app, upgrade }, originOf, describeGap }: Configured,
  prepared: readonly PreparedDependency[],
): Promise<readonly UpgradeTarget[]> {
  const { url, migrate } = upgrade;
  // The release of another app is for its own image to upgrade, and what is not Postgres for its own tool.
  const ours = prepared
    .filter((dependency) => dependency.kind === "schema" || dependency.kind === "release")
    .filter((dependency) =>
      dependency.kind === "schema" ? isInPostgres(dependency.source) : dependency.app === app.name,
    );
  const connections = new Map(
    ours
      .toReversed()
      .map(({ name, settings }) => [settings.url, connectionOf(settings.url, originOf(`dependencies.${name}.url`))]),
  );
  const ownConnection = url === undefined ? undefined : connectionOf(url, originOf("upgrade.url"));
  if (ownConnection !== undefined && connections.size > 1) {
    throw new Failure(
      ExitCode.configuration,
      `upgrade.url stands for one database, but the dependencies have ${connections.size} different URLs. Remove upgrade.url, or give the dependencies one URL.`,
    );
  }
  if (ownConnection === undefined && connections.size === 0)
    refuseNothing(prepared, { originOf, gap: await describeGap() });
  const schemas = ours.filter((dependency) => dependency.kind === "schema");
  refuseTwoRunners(prepared, migrate !== undefined);
  refuseSharedHistory(schemas);
  if (ownConnection !== undefined && connections.size === 0)
    return [{ ...ownConnection, readBy: undefined, schemas: [], foreign: [] }];
  // One target a database, in one order everywhere: two upgrades that lock several never wait for each other.
  return [...connections.keys()].toSorted().map((ofDatabase) => {
    const there = schemas.filter(({ settings }) => settings.url === ofDatabase);
    const health = connections.get(ofDatabase) ?? connectionOf(ofDatabase, "");
    const connection = ownConnection ?? health;
    return {
      ...connection,
      readBy: connection.url === health.url ? undefined : health,
      schemas: there.flatMap(({ source }) =>
        source.recordedBy === "seaworthy" ? [{ migrations: source.migrations, history: ownHistory(source.table) }] : [],
      ),
      foreign: there.flatMap(({ name, source }) =>
        source.recordedBy === "tool"
          ? [{ name, missing: async (session: Session) => (await source.history.read(session)).missing }]
          : [],
      ),
    };
  });
}

function connectionOf(url: string, origin: string): Connection {
  return { url, place: describeServer(url), origin };
}

function isInPostgres(source: SchemaSource): boolean {
  return source.recordedBy === "seaworthy" || source.database === "postgres";
}

interface Known {
  readonly originOf: Loaded["originOf"];
  readonly gap: string | undefined;
}

/** Says what is there, and why it is not enough. */
function refuseNothing(prepared: readonly PreparedDependency[], { originOf, gap }: Known): never {
  const elsewhere = prepared.find((one) => one.kind === "schema");
  if (elsewhere !== undefined) {
    const { name, settings } = elsewhere;
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

/** A tool that has no schema of its own has nothing to run for: then one of ours lacks its `history:`. */
function refuseTwoRunners(prepared: readonly PreparedDependency[], hasOwnTool: boolean): void {
  const schemas = prepared.filter((dependency) => dependency.kind === "schema");
  const own = schemas.find(({ source }) => source.recordedBy === "seaworthy");
  if (!hasOwnTool || own === undefined || schemas.some(({ source }) => source.recordedBy === "tool")) return;
  const fix = `Say whose history tells of its migrations: dependencies.${own.name}.history`;
  throw new Failure(
    ExitCode.configuration,
    `upgrade.migrate runs another tool, but dependencies.${own.name} is recorded by seaworthy. ${fix}.`,
  );
}

interface Schema {
  readonly name: string;
  readonly settings: { readonly url: string };
  readonly source: SchemaSource;
}

/** To each of two folders, what the other one has applied would look like a file that has vanished. */
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

/** Refuses hooks that could not be run, before anything is changed. */
export function checkHooks({ app, upgrade }: Settings, path: string | undefined): void {
  const stages = ["before", "after", "onFailure"] as const;
  const hooks = stages.flatMap((stage) =>
    upgrade[stage].map((hook, index) => ({ key: `upgrade.${stage}[${index}]`, hook })),
  );
  if (upgrade.migrate !== undefined) hooks.push({ key: "upgrade.migrate", hook: upgrade.migrate });
  for (const { key, hook } of hooks) {
    const [file = ""] = hook.command;
    if (hook.workdir === undefined && locate(file, hook.environment["PATH"] ?? path) === undefined) {
      const fix = "Check the spelling, and that the image holds it";
      throw new Failure(
        ExitCode.configuration,
        `${key}: cannot find the command ${JSON.stringify(file)}. ${fix}. Nothing was changed.`,
      );
    }
  }
  if (hooks.length > 0 && app.version === undefined) {
    throw new Failure(
      ExitCode.configuration,
      `${hooks[0]?.key}: hooks run once a release, and this image has no version. Set app.version or APP_VERSION.`,
    );
  }
}
