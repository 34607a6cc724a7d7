import type { Row } from "../../kernel/database.ts";
import { ExitCode, Failure } from "../../kernel/failure.ts";
import { integer, migrationFiles } from "./files/file-patterns.ts";
import type { Settled, Tool, WantedMigration } from "./tool.ts";

const everywhere = (table: string) => ({ postgres: table, mysql: table, sqlite: table });

/** Keeps one row: the latest version, and whether it is unfinished. */
const golangMigrate: Tool = {
  name: "golang-migrate",
  title: "golang-migrate",
  records: "heads",
  tables: everywhere("schema_migrations"),
  columns: ["version", "dirty"],
  files: migrationFiles({
    pattern: /^((\d+)_.*)\.up\.\w+$/,
    keys: ([, , version]) => [integer(version)],
    title: ([, name = ""]) => name,
  }),
  sign: {},
  select: { version: ({ text }) => text("version"), dirty: "dirty" },
  settle: settleVersion,
  repair: () =>
    "If no migration is running, repair the schema by hand, then run `migrate force VERSION` with the schema's version.",
};

/** A version that the image does not know counts as newer. */
function settleVersion(rows: readonly Row[], wanted: readonly WantedMigration[]): Settled {
  const [row] = rows;
  if (row === undefined) return { missing: wanted, latest: undefined };
  const latest = String(row["version"]);
  if (!/^-?\d+$/.test(latest)) {
    throw new Failure(
      ExitCode.configuration,
      `golang-migrate's table has the version ${JSON.stringify(latest.slice(0, 40))}, which is not a number. Check \`history:\` and \`table:\`, or run \`migrate force VERSION\`.`,
    );
  }
  const version = BigInt(latest);
  const dirty = row["dirty"] === true || Number(row["dirty"]) === 1;
  const missing = wanted.filter(({ keys: [key = ""] }) => BigInt(key) > version || (dirty && BigInt(key) === version));
  return { missing, latest, failed: dirty ? missing.find(({ keys: [key] }) => key === latest) : undefined };
}

const goose: Tool = {
  name: "goose",
  title: "goose",
  records: "rows",
  tables: everywhere("goose_db_version"),
  columns: ["version_id", "is_applied", "tstamp"],
  files: migrationFiles({
    pattern: /^(\d+)_.*\.(?:sql|go)$/,
    except: /_test\.go$|\.down\.sql$/,
    keys: ([, version]) => [integer(version)],
  }),
  sign: { text: /^--\s*\+goose\s+Up|\bgoose\.Add/im, always: true },
  keys: ["version_id"],
  // Older versions of goose add a row to revert a migration.
  revoked: { rows: "NOT is_applied", of: "version_id", by: "id" },
  applied: "is_applied AND version_id > 0",
  order: "id",
};

export const golangTools: readonly Tool[] = [golangMigrate, goose];
