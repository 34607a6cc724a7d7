import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Dialect } from "../../migrations/sql/dialect.ts";

type Engine = Dialect["engine"];

const engines: Readonly<Record<string, Engine>> = {
  postgres: "postgres",
  postgresql: "postgres",
  cockroachdb: "postgres",
  mysql: "mysql",
  singlestore: "mysql",
  sqlite: "sqlite",
  turso: "sqlite",
};

/** Files beside migrations that name their database: of Prisma and of Drizzle. */
const witnesses = [
  ["migration_lock.toml", /^\s*provider\s*=\s*"(\w+)"/m],
  [join("meta", "_journal.json"), /"dialect"\s*:\s*"(\w+)"/],
] as const;

/** The engine that Prisma or Drizzle has written down beside a migration. Undefined if there is no such file. */
export function detectEngine(path: string): Engine | undefined {
  // PRISMA/NAME/migration.sql, DRIZZLE/NAME.sql
  for (const folder of [dirname(path), dirname(dirname(path))]) {
    for (const [name, pattern] of witnesses) {
      const witness = join(folder, name);
      const [, value = ""] = existsSync(witness) ? (pattern.exec(readFileSync(witness, "utf8")) ?? []) : [];
      if (Object.hasOwn(engines, value)) return engines[value];
    }
  }
  return undefined;
}
