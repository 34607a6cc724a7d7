import { databaseUrl } from "../shapes/url-values.ts";

export const postgresUrl = (description: string) =>
  databaseUrl(description, ["postgres"], ["${DATABASE_URL}", "postgres://user:secret@host:5432/database"]);
