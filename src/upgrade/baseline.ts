import { countIs, countOf } from "../kernel/count.ts";
import { ExitCode, Failure } from "../kernel/failure.ts";
import { readApplied } from "../migrations/script.ts";
import { explaining } from "./explain.ts";
import type { Connections, Scope, UpgradeContext } from "./request.ts";
import { connect, type Database } from "./steps/connect.ts";
import type { SchemaTarget, UpgradeTarget } from "../targets/targets.ts";

export interface BaselineRequest {
  readonly scope: Pick<Scope, "targets" | "allowDifferentDatabase">;
  readonly connections: Connections;
  readonly lockTimeoutSeconds: number;
  /** The last migration that the database already has. */
  readonly name: string;
}

/**
 * Adopts an existing database: records the migrations up to a name as applied, and runs none. Throws a Failure: 64 if the
 * image has no such migration, 1 if the database has records already.
 */
export async function baseline(request: BaselineRequest, context: UpgradeContext): Promise<void> {
  const { scope, connections, name } = request;
  const { target, schema, upTo } = find(scope.targets, name);
  await using opened = new AsyncDisposableStack();
  const reached = await connect(
    { scope: { ...scope, targets: [target] }, connections, purpose: "baseline" },
    context,
    opened,
  );
  for (const database of reached)
    await explaining([database.ledger], () => adopt(database, { ...schema, upTo, ...request }, context));
}

interface Adoption extends SchemaTarget, Pick<BaselineRequest, "lockTimeoutSeconds" | "name"> {
  /** The index of the last migration to record. */
  readonly upTo: number;
}

async function adopt(
  { ledger }: Database,
  { history, migrations, upTo, lockTimeoutSeconds, name }: Adoption,
  { app, log }: UpgradeContext,
): Promise<void> {
  const locked = await (await ledger.openLock()).acquire([], lockTimeoutSeconds);
  const files = migrations.map((file) => ({ name: file.name, checksum: "" }));
  const { missing, unknown } = await ledger.survey(history, files);
  const recorded = files.length - missing.length + unknown.length;
  if (recorded > 0) {
    throw new Failure(
      ExitCode.failed,
      `cannot adopt this database: ${countIs(recorded, "migration")} recorded in it already. --baseline is for a database without a history; see --status.`,
    );
  }
  await locked.createTables([history], false);
  const records = migrations.slice(0, upTo + 1).map((file) => {
    const script = readApplied(file);
    return { ...script, release: app.version, floor: script.directives.contract };
  });
  await locked.adopt(history, records);
  await locked.release();
  log.info(`recorded ${countOf(records.length, "migration")} as applied, up to ${name}`, {
    migrations: records.length,
  });
}

function find(
  targets: readonly UpgradeTarget[],
  name: string,
): { readonly target: UpgradeTarget; readonly schema: SchemaTarget; readonly upTo: number } {
  for (const target of targets) {
    for (const schema of target.schemas) {
      const upTo = schema.migrations.findIndex((file) => file.name === name);
      if (upTo >= 0) return { target, schema, upTo };
    }
  }
  throw new Failure(
    ExitCode.usage,
    `--baseline: there is no migration ${JSON.stringify(name)} in this image. It is a file's name without its ending, as --plan shows it.`,
  );
}
