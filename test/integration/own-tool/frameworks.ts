import { cpSync, existsSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { tool } from "../../fixtures/upgrade/tool.ts";
import type { Image } from "../../harness/image.ts";
import type { openSuite } from "../../harness/leaks.ts";
import { lacksMariadb, type MariadbServer } from "../../harness/mariadb.ts";
import { startProgram } from "../../harness/program.ts";
import { scratchPath } from "../../harness/scratch.ts";
import { lacking } from "../../harness/services.ts";

/** A framework or a tool on a database beside Postgres, where test/examples/frameworks.test.ts has it. */
export interface Framework {
  readonly title: string;
  /** The folder of its files in `examples`, in `test/fixtures/examples`, or in both. */
  readonly example: string;
  /** The path of the example's second migration. */
  readonly second: string;
  readonly pending: string;
  readonly database: "MariaDB" | "SQLite";
  /** Changes seaworthy.yaml to the other database, or to this machine's command. */
  readonly adapt?: (settings: string) => string;
  /**
   * Changes the second migration so that it fails., and changes its length:
   * Python takes a file for the one it compiled if the length and the second of its change are the same.
   */
  readonly spoil: (code: string) => string;
  /** The scheme of the framework's own URLs. Default: `mysql`. */
  readonly scheme?: string;
  readonly needs: readonly string[];
}

const root = join(import.meta.dirname, "../../..");

const django = {
  example: "django",
  second: "catalogue/migrations/0002_product_price.py",
  pending: "catalogue.0002_product_price",
  spoil: (code: string) => code.replace('"product"', '"nosuchmodel"'),
} as const;
const knex = {
  title: "knex",
  example: "knex",
  second: "migrations/20261001000000_add_price.cjs",
  pending: "20261001000000_add_price",
  adapt: (settings: string) => settings.replace("npx, knex", `${process.execPath}, node_modules/knex/bin/cli.js`),
  spoil: (code: string) => code.replace('"products"', '"nosuchtable"'),
  needs: [join(root, "node_modules/knex/package.json")],
} as const;
const umzug = {
  title: "umzug",
  example: "umzug",
  second: "migrations/20261001000000_add_price.sql",
  pending: "20261001000000_add_price",
  adapt: (settings: string) => settings.replace("[node, migrate.js, up]", JSON.stringify(tool)),
  spoil: (code: string) => code.replace("products", "nosuchtable"),
  needs: [],
} as const;
const python = "/usr/lib/python3/dist-packages";

export const frameworks: readonly Framework[] = [
  { title: "Django", database: "SQLite", needs: [`${python}/django/__init__.py`], ...django },
  {
    title: "Django",
    database: "MariaDB",
    needs: [`${python}/django/__init__.py`, `${python}/MySQLdb/__init__.py`],
    ...django,
  },
  {
    title: "Laravel",
    example: "laravel",
    second: "database/migrations/2026_10_01_000000_add_price_to_products_table.php",
    pending: "2026_10_01_000000_add_price_to_products_table",
    database: "MariaDB",
    adapt: (settings) => settings.replace("DB_CONNECTION: pgsql", "DB_CONNECTION: mysql"),
    spoil: (code) => code.replace("'products'", "'nosuchtable'"),
    needs: [
      "/usr/bin/php",
      "/usr/share/php8.2-mysql",
      "/usr/share/php/Illuminate/Console/autoload.php",
      "/usr/share/php/Illuminate/Database/autoload.php",
      "/usr/share/php/Illuminate/Events/autoload.php",
    ],
  },
  {
    title: "Rails",
    example: "rails",
    second: "db/migrate/20261001000000_add_price_to_products.rb",
    pending: "20261001000000_add_price_to_products",
    database: "MariaDB",
    spoil: (code) => code.replace(":products", ":nosuchtable"),
    scheme: "mysql2",
    needs: ["/usr/bin/rails", "/usr/lib/ruby/vendor_ruby/mysql2.rb"],
  },
  { ...knex, database: "MariaDB" },
  { ...knex, database: "SQLite" },
  { ...umzug, database: "MariaDB" },
  { ...umzug, database: "SQLite" },
];

/** Why the framework cannot be tested here; false if it can. */
export function skipOf({ needs, database }: Framework): string | false {
  return lacking(...needs) || (database === "MariaDB" && (lacksMariadb() ?? false));
}

/** Images of the examples, each on a new database. */
export function openFrameworks(suite: ReturnType<typeof openSuite>, mariadb: () => MariadbServer) {
  let made = 0;
  return {
    async createUrl({ database, scheme = "mysql" }: Framework): Promise<string> {
      if (database === "SQLite") return `sqlite:${scratchPath("shop.db")}`;
      const name = `shop_${++made}`;
      await mariadb().run(`CREATE DATABASE ${name}`);
      return mariadb().url.replace(/shop$/, name).replace("mysql:", `${scheme}:`);
    },
    imageOf({ example, adapt = (settings) => settings }: Framework): Image {
      const image = suite.image({});
      const folders = ["examples", "test/fixtures/examples"].map((folder) => join(root, folder, example));
      for (const folder of folders.filter((one) => existsSync(one))) cpSync(folder, image.folder, { recursive: true });
      // Where a tool from npm finds its packages.
      symlinkSync(join(root, "node_modules"), join(image.folder, "node_modules"));
      image.write("seaworthy.yaml", adapt(readFileSync(join(image.folder, "seaworthy.yaml"), "utf8")));
      return image;
    },
  };
}

/** The variables of an image's container. */
export function containerEnvironment(version: string, url: string) {
  return {
    PATH: "/usr/bin:/bin",
    APP_VERSION: version,
    SEAWORTHY_APP_NAME: "shop",
    DATABASE_URL: url,
    RAILS_ENV: "production",
  } as const;
}

export function start(image: Image, version: string, url: string, ...argv: readonly string[]) {
  return startProgram(argv, { workingDirectory: image.folder, environment: containerEnvironment(version, url) });
}
