import { settleRevisions, readRevisions } from "./files/alembic-revisions.ts";
import { readDjangoMigrations } from "./files/django-files.ts";
import type { Tool } from "./tool.ts";

const everywhere = (table: string) => ({ postgres: table, mysql: table, sqlite: table });

const django: Tool = {
  name: "django",
  title: "Django",
  records: "rows",
  tables: everywhere("django_migrations"),
  columns: ["app", "name", "applied"],
  files: readDjangoMigrations,
  sign: { text: /\bmigrations\.Migration\b/, always: true },
  keys: [({ concat }) => concat("app", "'.'", "name")],
  squashed: (name) => `list those in its \`replaces\`, or run \`manage.py migrate --fake ${name.replace(".", " ")}\`.`,
  order: "id",
};

/** Records only its heads. */
const alembic: Tool = {
  name: "alembic",
  title: "Alembic",
  records: "heads",
  tables: everywhere("alembic_version"),
  columns: ["version_num"],
  files: readRevisions,
  sign: { text: /^down_revision\b/m, always: true },
  select: { version: ({ text }) => text("version_num") },
  settle: settleRevisions,
};

export const pythonTools: readonly Tool[] = [django, alembic];
