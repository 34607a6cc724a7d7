import { isOrAre } from "../kernel/count.ts";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { engineOf } from "../urls/read.ts";
import type { Environment } from "./environment.ts";

export interface IngredientOptions {
  readonly environment: Pick<Environment, "get" | "names">;
  readonly workingDirectory: string;
  /** The configuration file, where there is one. */
  readonly path: string | undefined;
}

/** What frameworks call the place of their database, where it is no URL. */
const hostNames: ReadonlySet<string> = new Set(
  `PGHOST PGHOSTADDR PGDATABASE PGSERVICE DB_HOST DB_DATABASE DB_NAME DB_URL DB_DSN DB_URI DATABASE_HOST DATABASE_NAME
  DATABASE_DSN DATABASE_URI POSTGRES_URL POSTGRESQL_URL POSTGRES_HOST POSTGRESQL_HOST PG_HOST PG_URL MYSQL_URL MYSQL_HOST
  MARIADB_URL MARIADB_HOST SPRING_DATASOURCE_URL QUARKUS_DATASOURCE_JDBC_URL JDBC_DATABASE_URL SQLALCHEMY_DATABASE_URI
  SQLALCHEMY_DATABASE_URL FLYWAY_URL GOOSE_DBSTRING TYPEORM_URL TYPEORM_HOST UPGRADE_DATABASE_URL
  CLOUD_SQL_CONNECTION_NAME`.split(/\s+/),
);
/** .NET has them by names of the app's choice: ConnectionStrings__Default. */
const hostName = /^ConnectionStrings__\w/i;

/** Where tools keep migrations, and what `history:` calls the tool. */
const toolFolders: readonly (readonly [folder: string, history: string | undefined])[] = [
  ["prisma/migrations", "prisma"],
  ["db/migrate", "rails"],
  ["db/migrations", "dbmate"],
  ["database/migrations", "laravel"],
  ["drizzle", "drizzle"],
  ["alembic/versions", "alembic"],
  ["priv/repo/migrations", "ecto"],
  ["sql/migrations", undefined],
  ["src/migrations", undefined],
];

/** Where images keep an app: looked into only for a better message. */
const appFolders = [
  "/app",
  "/usr/src/app",
  "/srv",
  "/srv/app",
  "/code",
  "/opt/app",
  "/workspace",
  "/home/node/app",
  "/var/www/html",
];
const configNames = ["seaworthy.yaml", "seaworthy.yml", "seaworthy.json"];

/**
 * For an app without dependencies: says which half of what it takes to check a database is there without the other, and
 * where the other was looked for. Undefined where there is neither: such an app has no database. Tells no value.
 */
export function describeMissingIngredient(options: IngredientOptions): string | undefined {
  const database = describeDatabase(options);
  const folder = describeFolder(options);
  const stray = options.path === undefined ? findStray(options.workingDirectory) : undefined;
  // An empty one was meant to be filled.
  const isMeant = read(options.environment, "DATABASE_URL") !== undefined;
  if (!isMeant && [database.found, folder.found, stray?.config].every((one) => one === undefined)) return undefined;
  const found = [database.found, folder.found].filter((one) => one !== undefined).join(" and ");
  const missing = [database.missing, folder.missing].filter((one) => one !== undefined).join(", and ");
  const seen = found === "" ? `${missing}.` : missing === "" ? `${found}.` : `${found}, but ${missing}.`;
  return `no dependency is checked, and the health check passes whatever the database has: ${[seen, ...fixesOf(options, folder.history, stray)].join(" ")} If nothing is to be checked, set requireDependencies: false.`;
}

interface Half {
  readonly found: string | undefined;
  readonly missing: string | undefined;
}

function describeDatabase({ environment }: IngredientOptions): Half {
  const value = read(environment, "DATABASE_URL");
  if (value !== undefined && value !== "") return { found: "DATABASE_URL is set", missing: undefined };
  const others = environment
    .names()
    .map((name) => name.replace(/_FILE$/, ""))
    .filter(
      (name, index, all) => all.indexOf(name) === index && name !== "DATABASE_URL" && namesDatabase(environment, name),
    );
  const missing = value === "" ? "DATABASE_URL is empty" : "DATABASE_URL is not set";
  if (others.length > 0) return { found: `${others.slice(0, 5).join(", ")} ${isOrAre(others.length)} set`, missing };
  return { found: undefined, missing };
}

function namesDatabase(environment: IngredientOptions["environment"], name: string): boolean {
  const value = read(environment, name);
  if (value === undefined || value === "") return false;
  const engine = value.includes("://") ? engineOf(value) : undefined;
  return hostNames.has(name) || hostName.test(name) || engine === "postgres" || engine === "mysql";
}

/** A secret that cannot be read is one nevertheless; whoever needs it will be told. */
function read({ get }: IngredientOptions["environment"], name: string): string | undefined {
  try {
    return get(name);
  } catch {
    return "?";
  }
}

function describeFolder({ workingDirectory }: IngredientOptions): Half & { readonly history: string | undefined } {
  const usual = join(workingDirectory, "migrations");
  if (existsSync(usual)) return { found: `the folder ${usual} is there`, missing: undefined, history: undefined };
  const [folder, history] = toolFolders.find(([folder]) => existsSync(join(workingDirectory, folder))) ?? [];
  return {
    found: folder === undefined ? undefined : `the folder ${join(workingDirectory, folder)} is there`,
    missing: `there is no folder ${usual}`,
    history,
  };
}

interface Stray {
  /** A configuration that is not read. */
  readonly config: string | undefined;
  /** Migrations that are not looked for there. */
  readonly migrations: string | undefined;
}

function findStray(workingDirectory: string): Stray {
  const folders = appFolders.filter((folder) => folder !== workingDirectory);
  const firstOf = (names: readonly string[]) =>
    folders.flatMap((folder) => names.map((name) => join(folder, name))).find((path) => existsSync(path));
  return { config: firstOf(configNames), migrations: firstOf(["migrations"]) };
}

function fixesOf(
  { path, workingDirectory }: IngredientOptions,
  history: string | undefined,
  stray: Stray | undefined,
): readonly string[] {
  if (path !== undefined)
    return [`${path} has no \`dependencies:\`, and nothing is assumed beside a file: add them there.`];
  const fixes = [
    `No configuration file was found in ${workingDirectory} or /etc/seaworthy. Set DATABASE_URL and add a folder migrations, or write \`dependencies:\` into a seaworthy.yaml.`,
  ];
  if (history !== undefined) fixes.push(`For migrations of another tool a dependency has \`history: ${history}\`.`);
  const elsewhere = stray?.config ?? stray?.migrations;
  if (elsewhere !== undefined) fixes.push(`There is ${elsewhere}: is WORKDIR ${dirname(elsewhere)} meant?`);
  return fixes;
}
