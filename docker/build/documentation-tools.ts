import { tools } from "../../src/histories/tools/all.ts";
import { table } from "./documentation-tables.ts";

/** The command that applies pending migrations without asking. A tool that is missing here is an error. */
const commands: Readonly<Record<string, string>> = {
  alembic: "alembic upgrade head",
  atlas: "atlas migrate apply",
  dbmate: "dbmate migrate",
  diesel: "diesel migration run",
  django: "python manage.py migrate --noinput",
  doctrine: "php bin/console doctrine:migrations:migrate --no-interaction",
  drizzle: "npx drizzle-kit migrate",
  ecto: "bin/shop eval Shop.Release.migrate",
  "ef-core": "./efbundle",
  flyway: "flyway migrate",
  "golang-migrate": "migrate up",
  goose: "goose up",
  "graphile-migrate": "npx graphile-migrate migrate",
  knex: "npx knex migrate:latest",
  laravel: "php artisan migrate --force",
  liquibase: "liquibase update",
  "mikro-orm": "npx mikro-orm migration:up",
  "node-pg-migrate": "npx node-pg-migrate up",
  phinx: "vendor/bin/phinx migrate",
  prisma: "npx prisma migrate deploy",
  rails: "bin/rails db:migrate",
  refinery: "refinery migrate",
  sqitch: "sqitch deploy",
  sqlx: "sqlx migrate run",
  typeorm: "npx typeorm migration:run",
  umzug: "node migrate.js up",
};

const engines = { postgres: "Postgres", mysql: "MySQL, MariaDB", sqlite: "SQLite" } as const;

/** Every supported tool: the value of `history:`, the table of its history, and its command. */
export function toolTable(): string {
  const rows = [...tools]
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, title, tables }) => {
      const command = commands[name];
      if (command === undefined) throw new Error(`add the command of ${name} to docker/build/documentation-tools.ts`);
      const places = Object.entries(engines).filter(([kind]) => tables[kind as keyof typeof engines] !== undefined);
      const own = [...new Set(Object.values(tables))].map((place) => `\`${place}\``).join(", ");
      return [`\`${name}\``, title, places.map(([, engine]) => engine).join(", "), own, `\`${command}\``];
    });
  return table(["`history:`", "Tool", "On", "Its table", "Its command, with its own flags"], rows);
}
