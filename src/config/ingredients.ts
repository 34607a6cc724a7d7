import { isOrAre } from "../kernel/count.ts";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { engineOf } from "../urls/read.ts";
import type { Environment } from "./environment.ts";

export interface IngredientOptions {
  readonly environment: Pick<Environment, "get" | "names">;
  readonly workingDirectory: string;
  /** The configuration file, if there is one. */
  readonly path: string | undefined;
}

/** Variables with which other tools and frameworks name their database. */
const hostNames: ReadonlySet<string> = new Set(
  `PGHOST PGHOSTADDR PGDATABASE PGSERVICE DB_HOST DB_DATABASE DB_NAME DB_URL DB_DSN DB_URI DATABASE_HOST DATABASE_NAME
  DATABASE_DSN DATABASE_URI POSTGRES_URL POSTGRESQL_URL POSTGRES_HOST POSTGRESQL_HOST PG_HOST PG_URL MYSQL_URL MYSQL_HOST
  MARIADB_URL MARIADB_HOST SPRING_DATASOURCE_URL QUARKUS_DATASOURCE_JDBC_URL JDBC_DATABASE_URL SQLALCHEMY_DATABASE_URI
  SQLALCHEMY_DATABASE_URL FLYWAY_URL GOOSE_DBSTRING TYPEORM_URL TYPEORM_HOST UPGRADE_DATABASE_URL
  CLOUD_SQL_CONNECTION_NAME`.split(/\s+/),
);
/** In .NET, the app chooses the second part: ConnectionStrings__Default. */
const hostName = /^ConnectionStrings__\w/i;

/** The folders in which tools keep migrations, with the tool's name for `history:`. */
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

/** Usual folders of an app in an image. Searched only for a better message. */
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
 * For an app without dependencies. A check needs a database and migrations: if only one of them is found, returns a
 * message that names it, and the place where the other was searched for. Undefined if both are missing: such an app has
 * no database. The message contains no value.
 */
export function describeMissingIngredient(options: IngredientOptions): string | undefined {
  const database = describeDatabase(options);
  const folder = describeFolder(options);
  const stray = options.path === undefined ? findStray(options.workingDirectory) : undefined;
  // An empty DATABASE_URL shows that the app has a database too.
  const isMeant = read(options.environment, "DATABASE_URL") !== undefined;
  if (!isMeant && [database.found, folder.found, stray?.config].every((one) => one === undefined)) return undefined;
  const found = [database.found, folder.found].filter((one) => one !== undefined).join(" and ");
  const missing = [database.missing, folder.missing].filter((one) => one !== undefined).join(", and ");
  const seen = found === "" ? `${missing}.` : missing === "" ? `${found}.` : `${found}, but ${missing}.`;
  return `no dependency is checked, so the health check passes with any database: ${[seen, ...fixesOf(options, folder.history, stray)].join(" ")} If the app has nothing to check, set requireDependencies: false.`;
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

/** An unreadable secret counts as set. The code that needs its value reports the problem. */
function read({ get }: IngredientOptions["environment"], name: string): string | undefined {
  try {
    return get(name);
  } catch {
    return "?";
  }
}

function describeFolder({ workingDirectory }: IngredientOptions): Half & { readonly history: string | undefined } {
  const usual = join(workingDirectory, "migrations");
  if (existsSync(usual)) return { found: `the folder ${usual} exists`, missing: undefined, history: undefined };
  const [folder, history] = toolFolders.find(([folder]) => existsSync(join(workingDirectory, folder))) ?? [];
  return {
    found: folder === undefined ? undefined : `the folder ${join(workingDirectory, folder)} exists`,
    missing: `there is no folder ${usual}`,
    history,
  };
}

interface Stray {
  /** A configuration file in a folder that is not searched. */
  readonly config: string | undefined;
  /** A migrations folder that is not used. */
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
    return [`${path} has no \`dependencies:\`, and seaworthy assumes none if there is a file: add them there.`];
  const fixes = [
    `No configuration file was found in ${workingDirectory} or /etc/seaworthy. Set DATABASE_URL and add a folder migrations, or write \`dependencies:\` into a seaworthy.yaml.`,
  ];
  if (history !== undefined)
    fixes.push(`If another tool runs the migrations, set \`history: ${history}\` in the dependency.`);
  const elsewhere = stray?.config ?? stray?.migrations;
  if (elsewhere !== undefined) fixes.push(`${elsewhere} exists: should WORKDIR be ${dirname(elsewhere)}?`);
  return fixes;
}
