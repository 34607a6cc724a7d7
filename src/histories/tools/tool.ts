import type { Row } from "../../kernel/database.ts";
import type { FileTree } from "./files/file-tree.ts";

export type DatabaseKind = "postgres" | "mysql" | "sqlite";

/** A migration of the image, from the view of one tool. */
export interface WantedMigration {
  /** Its name in messages: the name of its file or folder. */
  readonly name: string;
  /** The path of its file in the folder, if it has its own file. */
  readonly file?: string;
  /** The history records one of these once it is applied. */
  readonly keys: readonly string[];
  /** For a squashed migration: it also counts as applied if the history has all of these keys. */
  readonly replaces?: readonly string[];
  /** The path of the schema dump that stands for it, if its own file was deleted. */
  readonly dump?: string;
  /** Keys of the migrations that it builds on, for a tool that records only its heads. */
  readonly after?: readonly string[];
}

/** SQL over the columns of the history table; a function if the databases spell it differently. */
export type Expression = string | ((sql: SqlWords) => string);

/** The SQL that Postgres, MySQL and SQLite spell or quote differently. */
export interface SqlWords {
  readonly kind: DatabaseKind;
  readonly identifier: (name: string) => string;
  /** The expression as text. */
  readonly text: (expression: string) => string;
  readonly concat: (...expressions: readonly string[]) => string;
}

/**
 * A migration tool as data: the table of its history, the names that it records for the files of an image, and the
 * signs of a failed migration. seaworthy never runs any code of the tool.
 */
export type Tool = RowsTool | HeadsTool;

interface ToolBase {
  /** The value of `history:`. */
  readonly name: string;
  /** The tool's name as the tool itself spells it. */
  readonly title: string;
  /** The databases in which it can keep its history, with its table: `table` or `schema.table`. */
  readonly tables: Readonly<Partial<Record<DatabaseKind, string>>>;
  /** Columns that distinguish its table from another tool's table with the same name… */
  readonly columns: readonly string[];
  /** …and columns that its table never has. */
  readonly without?: readonly string[];
  /** The image's migrations in the order in which they are applied; none if the files belong to another tool. */
  readonly files: (tree: FileTree, database: DatabaseKind) => readonly WantedMigration[];
  /** Distinguishes its files from another tool's files with the same names. */
  readonly sign: Sign;
  /** How to load a schema dump into an empty database. */
  readonly loadDump?: string;
  /** A sentence: what to do if the image's first migration stands for older ones that the database has. */
  readonly squashed?: (migration: string) => string;
  /** A sentence for databases without its table: where else the tool may keep it. */
  readonly otherPlace?: Readonly<Partial<Record<DatabaseKind, string>>>;
  /** A sentence: how to repair a migration that failed half-way. */
  readonly repair?: (migration: string) => string;
}

export interface Sign {
  /** A file beside the migrations, by its path in the folder. */
  readonly file?: RegExp;
  /** Text in the migrations. */
  readonly text?: RegExp;
  /** Whether every migration has this text, so files without it belong to another tool. Default: false. */
  readonly always?: boolean;
}

/** A tool that records one row per migration. */
export interface RowsTool extends ToolBase {
  readonly records: "rows";
  /** Expressions to compare with the wanted keys. A row counts for each of its keys. */
  readonly keys: readonly Expression[];
  /** A table expression to read in place of `table`. */
  readonly source?: (sql: SqlWords, table: string) => string;
  /**
   * If rows revoke others: the revoking rows, the column to group by, and the column to sort by. The last row counts.
   */
  readonly revoked?: { readonly rows: string; readonly of: string; readonly by: string };
  /** Condition for a row to count as applied. Default: every row. */
  readonly applied?: Expression;
  /** Condition for a row whose migration failed, or began and never finished. */
  readonly failed?: Expression;
  /** If another table records failures: a query that returns their keys as `name`. */
  readonly failures?: (sql: SqlWords, table: TableNamer) => string;
  /** Condition for a row to be a baseline, and a test whether a baseline covers a migration. */
  readonly baseline?: {
    readonly rows: Expression;
    readonly covers: (baseline: string, migration: WantedMigration) => boolean;
  };
  /** The latest row has the greatest value of this expression. */
  readonly order: Expression;
  /** Its lock table, the condition for a held lock, and the sentence that says how to release it. */
  readonly lock?: { readonly suffix: string; readonly held: string; readonly release: string };
}

/** Quotes a table beside the history table. */
export type TableNamer = (name: string) => string;

/** A tool that records only its latest version or versions. */
export interface HeadsTool extends ToolBase {
  readonly records: "heads";
  /** The columns to read, by the names that `settle` knows. */
  readonly select: Readonly<Record<string, Expression>>;
  readonly settle: (rows: readonly Row[], wanted: readonly WantedMigration[]) => Settled;
}

export interface Settled {
  readonly missing: readonly WantedMigration[];
  /** The last recorded key. */
  readonly latest: string | undefined;
  /** A missing migration that failed half-way. */
  readonly failed?: WantedMigration | undefined;
}
