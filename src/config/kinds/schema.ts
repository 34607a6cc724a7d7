import { upgradeCommand } from "../blocks/command.ts";
import { ledgerKey } from "../blocks/ledger-url.ts";
import { object, optional, required, withDefault } from "../shapes/shape.ts";
import { databaseUrl } from "../shapes/url-values.ts";
import { text } from "../shapes/values.ts";
import { common } from "./every-kind.ts";

export const schema = object("Every migration in the image's folder must be applied to the database.", {
  url: required(
    databaseUrl(
      "Connection URL of the database. Default: `upgrade.ledger`, for migrations that are programs. Percent-encode special characters in the password.",
      ["postgres", "mysql", "sqlite"],
      ["${DATABASE_URL}", "postgres://user:secret@host:5432/database", "sqlite:/data/app.db"],
    ),
    { standIn: ledgerKey },
  ),
  migrations: withDefault(
    text(
      "Folder of the image's migrations, relative to the working directory. They run in the order of their numbers, or in their tool's order.",
    ),
    "./migrations",
  ),
  history: withDefault(
    text(
      "The tool that records the applied migrations. `seaworthy`: seaworthy itself. The name of another migration tool: seaworthy reads its table and files, and `upgrade.migrate` is the command that runs it. `auto`: seaworthy recognises the other tool by its files and table.",
      { examples: ["seaworthy", "auto", "prisma", "django", "flyway"] },
    ),
    "seaworthy",
  ),
  table: optional(
    text(
      "Table that records the applied migrations, as schema.table. Default: `seaworthy.migrations`, or the other tool's usual table. If several applications share a database, each needs its own table. So does each folder of migrations of one application.",
      { examples: ["shop.migrations"] },
    ),
  ),
  migrate: optional(
    upgradeCommand(
      "Command of the tool that migrates this schema, if several schemas have different tools. Its `DATABASE_URL` is this schema's. Default: `upgrade.migrate`.",
    ),
  ),
  ...common,
});
