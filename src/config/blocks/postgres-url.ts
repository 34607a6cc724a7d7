import { databaseUrl } from "../shapes/url-values.ts";

export const postgresUrl = databaseUrl(
  "Connection URL of a Postgres database. Percent-encode special characters in the password.",
  ["postgres"],
  ["${DATABASE_URL}", "postgres://user:secret@host:5432/database"],
);
