import { createHash } from "node:crypto";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inPath, install } from "../peers.ts";
import { bundlePath, programPath } from "../programs.ts";
import type { Fetched, Tools } from "./fetch.ts";
import { recordingFloor } from "./mariadb-floor.ts";
import { atomicFloor, connectAndAsk } from "./postgres-floors.ts";
import type { Migration, Runner } from "./runner.ts";
import type { EngineName } from "./server.ts";

interface Options {
  readonly tools: Tools;
  readonly insideNamespace: boolean;
}

/** All runners for that engine, in the order of the tables. */
export function listRunners(engine: EngineName, { tools, insideNamespace }: Options): readonly Runner[] {
  const left = insideNamespace ? undefined : "left out: mounting it needs root";
  const ours = [
    seaworthy("seaworthy (bundle)", [process.execPath, bundlePath]),
    seaworthy("seaworthy (program)", [programPath], left),
  ];
  const dbmateOf = dbmate(tools.of(`@dbmate/linux-${process.arch}`), engine);
  const umzugOf = (driver: string) => umzug(tools, tools.of("umzug"), [tools.of("sequelize"), tools.of(driver)]);
  const knexOf = (driver: string) => knex(tools, tools.of("knex"), { driver, fetched: tools.of(driver) });
  if (engine === "MariaDB") return [recordingFloor, ...ours, dbmateOf, knexOf("mysql2"), umzugOf("mysql2")];
  return [
    psql("apply"),
    psql("no-op"),
    atomicFloor,
    connectAndAsk,
    ...ours,
    dbmateOf,
    nodePgMigrate(tools.of("node-pg-migrate")),
    knexOf("pg"),
    graphile(tools.of("graphile-migrate")),
    umzugOf("pg"),
  ];
}

/** Applies the files without recording them. With nothing to apply: a connection and one query. */
const psql = (only: "apply" | "no-op"): Runner => ({
  name: "psql",
  only,
  leftOut: inPath("psql") === undefined ? install("postgresql-client") : undefined,
  write(folder, migrations) {
    const files = only === "apply" ? writeFiles(folder, migrations, ".sql") : [];
    const what = only === "apply" ? files.flatMap((file) => ["-f", file]) : ["-c", "SELECT 1"];
    return { argv: ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", ...what], environment: {}, urlAs: "argument" };
  },
});

function seaworthy(name: string, program: readonly string[], leftOut?: string): Runner {
  return {
    name,
    leftOut,
    write(folder, migrations) {
      const url = "${DATABASE_URL}";
      if (migrations.length > 0) writeFiles(folder, migrations, ".sql");
      const settings = {
        app: { name: "bench", version: "1.0.0" },
        // An app without migrations records only its release.
        dependencies:
          migrations.length > 0
            ? { schema: { kind: "schema", url } }
            : { release: { kind: "release", url, requires: ">=1" } },
      };
      writeFileSync(join(folder, "seaworthy.json"), JSON.stringify(settings));
      return { argv: [...program, "--upgrade"], environment: { SEAWORTHY_HEALTH_LISTEN: "127.0.0.1:0" } };
    },
  };
}

const dbmate = (tool: Fetched, engine: EngineName): Runner => ({
  ...named("dbmate", tool),
  withoutMigrations: "n/a: fails without a migration",
  write(folder, migrations) {
    const wrap = (sql: string) => `-- migrate:up\n${sql}\n-- migrate:down\n`;
    writeFiles(folder, migrations, "_change.sql", wrap);
    const flags = ["--migrations-dir", "migrations", "--no-dump-schema"];
    const argv = [program(tool, "bin/dbmate"), ...flags, "migrate"];
    // It asks Postgres for TLS by default.
    return { argv, environment: {}, ...(engine === "Postgres" && { urlAs: "without TLS" as const }) };
  },
});

const nodePgMigrate = (tool: Fetched): Runner => ({
  ...named("node-pg-migrate", tool),
  write(folder, migrations) {
    writeFiles(folder, migrations, "_change.sql", (sql) => `-- Up Migration\n${sql}\n-- Down Migration\n`);
    return { argv: [process.execPath, program(tool, "bin/node-pg-migrate.js"), "up"], environment: {} };
  },
});

interface Driver {
  readonly driver: string;
  readonly fetched: Fetched;
}

const knex = ({ root }: Tools, tool: Fetched, { driver, fetched }: Driver): Runner => ({
  ...named("knex", "leftOut" in fetched ? fetched : tool),
  write(folder, migrations) {
    writeFiles(folder, migrations, "_change.cjs", (sql) => {
      const body = `exports.up = (knex) => knex.raw(${JSON.stringify(sql)});\n`;
      return `${body}exports.down = () => {};\n`;
    });
    const settings = `module.exports = { client: "${driver}", connection: process.env.DATABASE_URL,
      migrations: { directory: "./migrations", loadExtensions: [".cjs"] } };`;
    writeFileSync(join(folder, "knexfile.cjs"), settings);
    // knex must be found from the working directory.
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    const flags = ["--knexfile", "knexfile.cjs"];
    return { argv: [process.execPath, program(tool, "bin/cli.js"), "migrate:latest", ...flags], environment: {} };
  },
});

const graphile = (tool: Fetched): Runner => ({
  ...named("graphile-migrate", tool),
  write(folder, migrations) {
    let previous = "-";
    const wrap = (sql: string) => {
      // The format of `graphile-migrate commit`.
      const text = `${previous === "-" ? "" : previous}\n${sql.trim()}`.trim();
      const hash = `sha1:${createHash("sha1").update(`${text}\n`).digest("hex")}`;
      const file = `--! Previous: ${previous}\n--! Hash: ${hash}\n\n${sql.trim()}\n`;
      previous = hash;
      return file;
    };
    writeFiles(folder, migrations, ".sql", wrap, "migrations/committed");
    writeFileSync(join(folder, "migrations/current.sql"), "");
    writeFileSync(join(folder, ".gmrc"), "{}");
    return { argv: [process.execPath, program(tool, "dist/cli.js"), "migrate"], environment: {} };
  },
});

const umzug = ({ root }: Tools, tool: Fetched, needed: readonly Fetched[]): Runner => ({
  ...named("umzug, Sequelize", needed.find((one) => "leftOut" in one) ?? tool),
  write(folder, migrations) {
    writeFiles(folder, migrations, "_change.sql");
    const script = `
      const { readFileSync } = require("node:fs");
      const { createRequire } = require("node:module");
      const tools = createRequire(${JSON.stringify(join(root, "package.json"))});
      const { Umzug, SequelizeStorage } = tools("umzug");
      const { Sequelize } = tools("sequelize");
      const sequelize = new Sequelize(process.env.DATABASE_URL, { logging: false });
      const resolve = ({ name, path }) => ({ name, up: () => sequelize.query(readFileSync(path, "utf8")) });
      const migrations = { glob: "migrations/*.sql", resolve };
      const umzug = new Umzug({ migrations, storage: new SequelizeStorage({ sequelize }), logger: undefined });
      umzug.up().then(() => sequelize.close());`;
    writeFileSync(join(folder, "upgrade.cjs"), script);
    return { argv: [process.execPath, "upgrade.cjs"], environment: {} };
  },
});

/** The name for the tables, with the installed version. */
function named(name: string, tool: Fetched): Pick<Runner, "name" | "leftOut"> {
  return "leftOut" in tool ? { name, leftOut: tool.leftOut } : { name: `${name} ${tool.version}` };
}

function program(tool: Fetched, path: string): string {
  return "leftOut" in tool ? "" : join(tool.folder, path);
}

/** Returns the paths of the files in the folder. */
function writeFiles(
  folder: string,
  migrations: readonly Migration[],
  ending: string,
  wrap = (sql: string) => sql,
  inside = "migrations",
): readonly string[] {
  mkdirSync(join(folder, inside), { recursive: true });
  return migrations.map(({ number, sql }) => {
    const path = join(inside, `${number}${ending}`);
    writeFileSync(join(folder, path), wrap(`${sql}\n`));
    return path;
  });
}
