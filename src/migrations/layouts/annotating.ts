import { nothing, refused, unknown, type Notation, type Sign } from "./notation.ts";

const noTransaction: Sign = { kind: "no-transaction" };

/**
 * https://docs.rs/sqlx/latest/sqlx/macro.migrate.html sqlx reads only the first bytes; no-transaction.ts finds the
 * rest.
 */
const sqlx: Notation = {
  title: "sqlx",
  claim: /^-- no-transaction.*$/gm,
  read: (_, { index }) => (index === 0 ? noTransaction : { kind: "loose" }),
};

/** https://github.com/thomwright/postgres-migrations#transactions */
const postgresMigrations: Notation = {
  title: "postgres-migrations",
  claim: /^[ \t]*--+[ \t]*postgres-migrations\b.*$/gim,
  read: (line) =>
    line.startsWith("-- postgres-migrations disable-transaction")
      ? noTransaction
      : unknown("postgres-migrations", ["-- postgres-migrations disable-transaction"]),
};

/** https://atlasgo.io/versioned/apply#transaction-configuration Atlas reads them from the comments at a file's head. */
const atlas: Notation = {
  title: "Atlas",
  claim: /^[ \t]*(?:--|#|\/\*)[ \t]*atlas:.*$/gim,
  read(line, place) {
    const [, name = "", value = ""] = /^(?:--|#|\/\*)[ \t]*atlas:(\S+)[ \t]*(.*?)[ \t]*(?:\*\/)?$/.exec(line) ?? [];
    switch (name) {
      case "nolint":
      case "sum":
      case "assert":
      case "import":
        return nothing;
      case "txmode":
        if (!isAtHead(place)) return refused("Atlas reads it only at the head of a file", "Move it to the first line");
        if (value === "none") return noTransaction;
        return value === "file" ? nothing : unknown("Atlas", ["-- atlas:txmode none", "-- atlas:txmode file"]);
      case "delimiter":
        if (value === ";") return nothing;
        return refused(
          "seaworthy ends statements with a semicolon only",
          "End them with semicolons, and remove the line",
        );
      case "checkpoint":
        return refused("a checkpoint replaces the files before it, but seaworthy runs them all", "Delete the file");
      case "txtar":
        return refused("seaworthy does not split txtar files", "Keep only its migration.sql in the file");
      default:
        return refused("seaworthy does not know this directive of Atlas");
    }
  },
};

function isAtHead({ source, index }: { readonly source: string; readonly index: number }): boolean {
  return /^(?:[ \t]*(?:--.*|#.*)?\r?\n)*[ \t]*$/.test(source.slice(0, index));
}

/** https://github.com/graphile/migrate#readme The lines that `graphile-migrate commit` writes or reads. */
const graphile: Notation = {
  title: "graphile-migrate",
  claim:
    /^[ \t]*--![ \t]*(?:Previous:|Hash:|Message:|AllowInvalidHash|split:|Included|EndIncluded|include|no-transaction).*$/gim,
  placeholder: /(?<![\w:]):[A-Z][A-Z0-9_]+\b/,
  read(line, { source, index }) {
    if (/^--![ \t]*(?:Previous:|Hash:|Message:|AllowInvalidHash|split:|Included|EndIncluded)/.test(line))
      return nothing;
    const isFirst = /^(?:--!.*\r?\n)*\s*$/.test(source.slice(0, index));
    if (/^--![ \t]*no-transaction\b/.test(line) && isFirst) return noTransaction;
    return /no-transaction/i.test(line)
      ? refused("graphile-migrate reads it only in the first line below its header", "Move it there")
      : refused(
          "seaworthy does not include files",
          "Write the included text into this file, like `graphile-migrate commit`",
        );
  },
};

/** https://sqitch.org/docs/manual/sqitchtutorial/ */
const sqitch: Notation = {
  title: "Sqitch",
  claim:
    /^[ \t]*--[ \t]*(?:deploy|revert|verify)[ \t]+\S+[ \t]+(?:to|from|on)[ \t]+(?:pg|cockroach|mysql|sqlite)\b.*$/gim,
  read: () =>
    refused(
      "the order of Sqitch's scripts is in sqitch.plan, which seaworthy does not read",
      "Let Sqitch run it with upgrade.migrate, or number the scripts and remove the line",
    ),
};

/** https://orm.drizzle.team/docs/migrations Drizzle ends a statement there, with or without a semicolon. */
const drizzle: Notation = {
  title: "Drizzle",
  claim: /--> statement-breakpoint/g,
  read: () => ({ kind: "break" }),
};

/** Tools whose comments say how to run a file. */
export const annotating: readonly Notation[] = [sqlx, postgresMigrations, atlas, graphile, sqitch, drizzle];
