import { ExitCode, Failure } from "../kernel/failure.ts";
import { nearest } from "../kernel/nearest.ts";
import { detectHistory, type OwnHistoryReader } from "./detect-tool.ts";
import { tools } from "./tools/all.ts";
import { parseTable } from "./tools/table/dialects.ts";
import { toolHistory, type ToolHistory } from "./tools/table/tool-history.ts";
import type { DatabaseKind } from "./tools/tool.ts";
import { readTree, refuseMissing } from "./tools/files/file-tree.ts";

export interface ForeignHistoryOptions {
  /** The name of a tool, or `auto`. */
  readonly history: string;
  /** The image's migrations: a folder, or a file that lists them, for example a changelog. */
  readonly migrations: string;
  readonly database: DatabaseKind;
  /** `table` or `schema.table`, if the history is not in the tool's usual place. */
  readonly table?: string | undefined;
  /** Called once, with the finding of `auto`. */
  readonly onFound: (sentence: string) => void;
  /** seaworthy's own history, which `auto` may find too; undefined if the database cannot have one. */
  readonly own: OwnHistoryReader | undefined;
}

/**
 * Another tool's history and the image's migrations for it. Reads only files; the first look asks the database. Throws
 * a Failure (78) if the tool is unknown, does not support the database, or has no migration in the folder.
 */
export function foreignHistory(options: ForeignHistoryOptions): ToolHistory {
  const { history, migrations, database } = options;
  const table = options.table === undefined ? undefined : parseTable(options.table);
  const tree = readTree(migrations);
  if (history === "auto") return detectHistory({ ...options, table, tree });
  const tool = tools.find(({ name }) => name === history) ?? refuse(history);
  if (tool.tables[database] === undefined) {
    throw new Failure(
      ExitCode.configuration,
      `history: ${tool.title} keeps no history in ${databaseTitles[database]}. Check \`url:\`.`,
    );
  }
  const wanted = tool.files(tree, database);
  if (wanted.length === 0) {
    refuseMissing(tree);
    throw new Failure(
      ExitCode.configuration,
      `${migrations} holds no migration of ${tool.title}. Check \`migrations:\`, and that the image copies the files.`,
    );
  }
  return toolHistory({ tool, database, wanted, table });
}

/** The values of `history:`, beside `seaworthy` and `auto`. */
export const toolNames: readonly string[] = tools.map(({ name }) => name).toSorted();

const databaseTitles: Readonly<Record<DatabaseKind, string>> = {
  postgres: "Postgres",
  mysql: "MySQL or MariaDB",
  sqlite: "SQLite",
};

function refuse(history: string): never {
  const known = ["seaworthy", "auto", ...toolNames];
  const meant = nearest(history, known);
  throw new Failure(
    ExitCode.configuration,
    `history: seaworthy does not know the migration tool ${JSON.stringify(history)}${meant === undefined ? "" : `. Did you mean ${meant}?`} Known: ${known.join(", ")}.`,
  );
}
