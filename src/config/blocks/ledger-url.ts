import { databaseUrl } from "../shapes/url-values.ts";

/** The key whose URL a dependency gets that has none. */
export const ledgerKey = "upgrade.ledger";

/** The URL of a database in which seaworthy may keep a ledger. src/ledger/engines.ts knows the engines that do. */
export const ledgerUrl = (description: string) =>
  databaseUrl(
    description,
    ["postgres", "mysql", "sqlite"],
    ["${DATABASE_URL}", "postgres://user:secret@host:5432/database"],
  );
