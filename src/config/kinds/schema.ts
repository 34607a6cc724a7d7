import { object, optional, required, withDefault } from "../shapes/shape.ts";
import { databaseUrl } from "../shapes/url-values.ts";
import { text } from "../shapes/values.ts";
import { common } from "./every-kind.ts";

export const schema = object("Every migration in the image's folder must have been applied to the database.", {
  url: required(
    databaseUrl(
      "Connection URL of the database. Percent-encode special characters in the password. seaworthy's own history is for Postgres.",
      ["postgres", "mysql", "sqlite"],
      ["${DATABASE_URL}", "postgres://user:secret@host:5432/database", "sqlite:/data/app.db"],
    ),
  ),
  migrations: withDefault(
    text(
      "Folder with the image's migrations, relative to the working directory. They are applied in the order of their numbers, or as their tool orders them.",
    ),
    "./migrations",
  ),
  history: withDefault(
    text(
      "Whose history tells what is applied. `seaworthy`: our own. The name of another migration tool: its own table is read, and its files in the image; `upgrade.migrate` says how it is run. `auto`: which other tool it is, is found from files and table.",
      { examples: ["seaworthy", "auto", "prisma", "django", "flyway"] },
    ),
    "seaworthy",
  ),
  table: optional(
    text(
      "Table that records what was applied, as schema.table. Default: `seaworthy.migrations`, or where the tool keeps it. Applications that share a database each need their own, and so do two folders of migrations of one application.",
      { examples: ["shop.migrations"] },
    ),
  ),
  ...common,
});
