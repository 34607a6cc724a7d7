/** The longest name that servers keep, in characters. */
const longestName = 64;
const ownSchema = "seaworthy";

/**
 * The quoted name of one of seaworthy's tables. What is a schema elsewhere is a database here, and few users may create one.
 * So `seaworthy.migrations` is the table `seaworthy_migrations` in the URL's database. Another schema is a database.
 * @param table `schema.table` in lower case, which the configuration has checked
 */
export function quoteTable(table: string, suffix = ""): string {
  const { database, name } = placeOf(table, suffix);
  return database === undefined ? `\`${name}\`` : `\`${database}\`.\`${name}\``;
}

/** The same without quotes: `seaworthy_migrations`. */
export function nameOfTable(table: string, suffix = ""): string {
  const { database, name } = placeOf(table, suffix);
  return database === undefined ? name : `${database}.${name}`;
}

export interface Place {
  /** Undefined: the URL's. */
  readonly database: string | undefined;
  readonly name: string;
}

export function placeOf(table: string, suffix = ""): Place {
  const [schema = "", base = ""] = table.split(".");
  const name = (schema === ownSchema ? `${ownSchema}_${base}` : base).slice(0, longestName - suffix.length) + suffix;
  return { database: schema === ownSchema ? undefined : schema, name };
}

export const releasesName = "seaworthy.releases";
export const instancesName = "seaworthy.instances";
export const stepSuffix = "_steps";
