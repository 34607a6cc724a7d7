import { resolve } from "node:path";
import { readMigrationFolder } from "../migrations/folder.ts";
import { keepsLedger } from "../ledger/engines.ts";
import type { MigrationFile } from "../migrations/migration-file.ts";
import type { ToolHistory } from "./tools/table/tool-history.ts";
import type { DatabaseKind } from "./tools/tool.ts";
import { ExitCode, Failure } from "../kernel/failure.ts";
import { engineOf, productOf } from "../urls/read.ts";
import { asSubject } from "../kernel/subject.ts";

interface SchemaKey {
  /** `dependencies.orders` */
  readonly key: string;
  /** Names the key or variable that gave its URL, for messages. */
  readonly describeUrl: () => string;
}

export interface SchemaSettings {
  readonly url: string;
  /** `seaworthy`, `auto`, or the name of a tool. */
  readonly history: string;
  /** A folder, or a file that lists migrations. */
  readonly migrations: string;
  readonly table?: string;
}

/** The place where a schema's migrations are recorded, and the image's migrations. */
export type SchemaSource =
  | { readonly recordedBy: "seaworthy"; readonly table: string; readonly migrations: readonly MigrationFile[] }
  | { readonly recordedBy: "tool"; readonly database: DatabaseKind; readonly history: ToolHistory };

const defaultTable = "seaworthy.migrations";
const ownTable = /^[a-z_][a-z0-9_]{0,62}\.[a-z_][a-z0-9_]{0,62}$/;

/** Reads the image's migrations. Throws a Failure (78) if there are none, or if the settings contradict each other. */
export async function schemaSource(
  { key, describeUrl }: SchemaKey,
  { url, history, migrations, table }: SchemaSettings,
  workingDirectory: string,
  onFound: (sentence: string) => void,
): Promise<SchemaSource> {
  const database = databaseOf(url);
  const folder = resolve(workingDirectory, migrations);
  if (history === "seaworthy") {
    if (!keepsLedger(url)) {
      throw new Failure(
        ExitCode.configuration,
        `${asSubject(describeUrl())} leads to ${productOf(url)}, and seaworthy's own runner does not work there. If another tool migrates this database, write a seaworthy.yaml: set ${key}.history to the tool and, for --upgrade, upgrade.migrate to its command and upgrade.ledger to a database in which it keeps the lock.`,
      );
    }
    if (table !== undefined && !ownTable.test(table)) {
      throw new Failure(
        ExitCode.configuration,
        `${key}.table: expected a schema and a table in lower case, as in ${defaultTable}, received ${JSON.stringify(table)}`,
      );
    }
    return { recordedBy: "seaworthy", table: table ?? defaultTable, migrations: readMigrationFolder(folder) };
  }
  const { foreignHistory } = await import("./choose-tool.ts");
  const own = keepsLedger(url) ? { table: defaultTable, history: refusedHistory(key) } : undefined;
  const options = { history, migrations: folder, database, table, onFound, own };
  return { recordedBy: "tool", database, history: foreignHistory(options) };
}

/** `auto` must not choose seaworthy: who runs the migrations is decided before the database is asked. */
function refusedHistory(key: string): ToolHistory {
  return {
    read: () => {
      const fix = `Leave ${key}.history out, or set it to seaworthy`;
      throw new Failure(
        ExitCode.configuration,
        `${key}.history: auto is for other tools, but these migrations are seaworthy's own. ${fix}.`,
      );
    },
  };
}

function databaseOf(url: string): DatabaseKind {
  const engine = engineOf(url);
  return engine === "sqlite" || engine === "mysql" ? engine : "postgres";
}
