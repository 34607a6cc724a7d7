import type { Row } from "../../kernel/database.ts";
import type { FileTree } from "./files/file-tree.ts";

export type DatabaseKind = "postgres" | "mysql" | "sqlite";

/** A migration of the image, as one tool sees it. */
export interface WantedMigration {
  /** What people call it: the name of its file or folder. */
  readonly name: string;
  /** Its file, by its path in the folder, where it has one of its own. */
  readonly file?: string;
  /** What the history records once it is applied: one of these. */
  readonly keys: readonly string[];
  /** A squashed migration: all of these in the history do as well. They need no wanted migration of their own. */
  readonly replaces?: readonly string[];
  /** Keys of the migrations that it builds on: for a tool that records its heads only. */
  readonly after?: readonly string[];
}

/** SQL over the columns of the history table; a function where the databases spell it differently. */
export type Expression = string | ((sql: SqlWords) => string);

/** What Postgres, MySQL and SQLite spell differently, or quote. */
export interface SqlWords {
  readonly kind: DatabaseKind;
  readonly identifier: (name: string) => string;
  /** The expression as text. */
  readonly text: (expression: string) => string;
  readonly concat: (...expressions: readonly string[]) => string;
}

/**
 * A migration tool, as data: where it records what is applied, how the files of an image become the names that it
 * records, and what it does when a migration fails. Nothing of the tool itself ever runs.
 */
export type Tool = RowsTool | HeadsTool;

interface ToolBase {
  /** The value of `history:`. */
  readonly name: string;
  /** Its own spelling. */
  readonly title: string;
  /** Where it can keep its history, and the table in each, as `table` or `schema.table`. */
  readonly tables: Readonly<Partial<Record<DatabaseKind, string>>>;
  /** Columns by which its table is told from that of another tool with the same name… */
  readonly columns: readonly string[];
  /** …and columns that its table never has. */
  readonly without?: readonly string[];
  /** The image's migrations in the order in which they are applied; none where the files are not of this tool. */
  readonly files: (tree: FileTree, database: DatabaseKind) => readonly WantedMigration[];
  /** What tells its files from those of others with the same names. */
  readonly sign: Sign;
  /** What a person does about a migration that failed half-way: a sentence. */
  readonly repair?: (migration: string) => string;
}

export interface Sign {
  /** A file beside the migrations, by its path in the folder. */
  readonly file?: RegExp;
  /** Text in the migrations. */
  readonly text?: RegExp;
  /** Whether each of its migrations has that text: then files without it are not of this tool. Default: false. */
  readonly always?: boolean;
}

/** A tool that records a row a migration. */
export interface RowsTool extends ToolBase {
  readonly records: "rows";
  /** What is compared with the wanted keys; a row that has several counts for each of them. */
  readonly keys: readonly Expression[];
  /** What is read in place of the bare table, which is `table`. */
  readonly source?: (sql: SqlWords, table: string) => string;
  /** Where rows take others back: which do, and by what a later row is told. Of a group the last row counts. */
  readonly revoked?: { readonly rows: string; readonly of: string; readonly by: string };
  /** Condition for a row to count as applied. Default: each does. */
  readonly applied?: Expression;
  /** Condition for a row to say that its migration failed, or was begun and never finished. */
  readonly failed?: Expression;
  /** Where failures stand in another table: a query that gives their keys as `name`. */
  readonly failures?: (sql: SqlWords, table: TableNamer) => string;
  /** Condition for a row to be a baseline, and whether that makes a migration unnecessary. */
  readonly baseline?: {
    readonly rows: Expression;
    readonly covers: (baseline: string, migration: WantedMigration) => boolean;
  };
  /** What the latest row has most of. */
  readonly order: Expression;
  /** The table by which it keeps others out while it works, and how a person frees it. */
  readonly lock?: { readonly suffix: string; readonly held: string; readonly release: string };
}

/** Quotes a table beside the history table. */
export type TableNamer = (name: string) => string;

/** A tool that records only how far it came. */
export interface HeadsTool extends ToolBase {
  readonly records: "heads";
  /** The columns to read, by the names that `settle` knows. */
  readonly select: Readonly<Record<string, Expression>>;
  readonly settle: (rows: readonly Row[], wanted: readonly WantedMigration[]) => Settled;
}

export interface Settled {
  readonly missing: readonly WantedMigration[];
  /** The key that was recorded last. */
  readonly latest: string | undefined;
  /** Of the missing, one that failed half-way. */
  readonly failed?: WantedMigration | undefined;
}
