import { upPartOf } from "../../../src/migrations/layouts/up-part.ts";
import { postgresDialect } from "../../../src/migrations/sql/dialect.ts";

export const read = (source: string, name = "1_a.sql") => upPartOf(name, source, postgresDialect);
/** The statements that would run, without comments, blank lines and statement marks. */
export const statementsOf = (source: string) =>
  read(source)
    .sql.split("\n")
    .map((line) => line.replace(/--.*/, "").trim())
    .filter((line) => line !== "" && line !== ";");

export const [up, down] = ["CREATE TABLE a ();", "DROP TABLE a;"];
