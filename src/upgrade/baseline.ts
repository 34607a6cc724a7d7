import { countIs, countOf } from "../kernel/count.ts";
import { ExitCode, Failure } from "../kernel/failure.ts";
import { reachDatabase, type DatabaseOptions } from "./databases/compare.ts";
import { acquireLock } from "../ledger/postgres/lock.ts";
import type { CreateTables, SchemaTarget, UpgradePorts, UpgradeTarget } from "./ports.ts";
import { failureOf, lockLost } from "../ledger/postgres/statement-errors.ts";
import { readApplied } from "../migrations/script.ts";
import { createOpener, type OpenSession } from "../ledger/sessions.ts";

export interface BaselineOptions extends UpgradePorts, DatabaseOptions {
  readonly targets: readonly UpgradeTarget[];
  readonly lockTimeoutSeconds: number;
  readonly openSession: OpenSession;
  readonly createTables: CreateTables;
  /** The last migration that the database already has. */
  readonly name: string;
}

/**
 * Adopts a database that was built before seaworthy: records the migrations up to a name as applied, and runs none.
 * Throws a Failure: 64 for a name that is not in the image, 1 where something is recorded already.
 */
export async function baseline(options: BaselineOptions): Promise<void> {
  return recordBaseline(options).catch((error: unknown) => {
    throw failureOf(error);
  });
}

async function recordBaseline(options: BaselineOptions): Promise<void> {
  const { target, schema, upTo } = find(options);
  await using opened = new AsyncDisposableStack();
  const open = createOpener({ ...options, explain: lockLost }, opened);
  const session = await open(target.url, "baseline");
  await reachDatabase(target, session, options);
  const lockSession = await open(target.url, "baseline lock");
  const lock = await acquireLock({ ...options, session: lockSession, timeoutSeconds: options.lockTimeoutSeconds });
  const files = schema.migrations.map(({ name }) => ({ name, checksum: "" }));
  const { missing, unknown } = await schema.history.survey(session, files);
  const recorded = files.length - missing.length + unknown.length;
  if (recorded > 0) {
    throw new Failure(
      ExitCode.failed,
      `cannot adopt this database: ${countIs(recorded, "migration")} recorded in it already. --baseline is for a database without a history; see --status.`,
    );
  }
  await options.createTables(session, [schema.history.table]);
  const records = schema.migrations.slice(0, upTo + 1).map((file) => {
    const script = readApplied(file);
    return schema.history.recordSql(session, {
      ...script,
      release: options.app.version,
      floor: script.directives.contract,
    });
  });
  await session.query(`${records.join(";\n")};\n${lock.fence}`);
  await lock.release();
  options.log.info(`recorded ${countOf(records.length, "migration")} as applied, up to ${options.name}`, {
    migrations: records.length,
  });
}

function find({ targets, name }: BaselineOptions): {
  readonly target: UpgradeTarget;
  readonly schema: SchemaTarget;
  readonly upTo: number;
} {
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
