import { parseArgs } from "node:util";
import { ExitCode, Failure, messageOf } from "../../src/kernel/failure.ts";
import { databases, type Database } from "./databases.ts";

/** Reads `--database NAME`. Default: Postgres. */
export function readDatabase(argv: readonly string[]): Database {
  const name = valueOf(argv);
  const found = Object.entries(databases).find(([known]) => known === name);
  if (found === undefined) throw refuse(`--database is ${JSON.stringify(name)}`);
  return found[1];
}

function valueOf(argv: readonly string[]): string {
  try {
    const options = { database: { type: "string", default: "postgres" } } as const;
    return parseArgs({ args: [...argv], options }).values.database;
  } catch (error) {
    throw refuse(messageOf(error).split("\n", 1)[0] ?? "");
  }
}

function refuse(why: string): Failure {
  const fix = `Use npm start -- --database NAME, where NAME is one of ${Object.keys(databases).join(", ")}.`;
  return new Failure(ExitCode.usage, `cannot play the story: ${why.replace(/\.$/, "")}. ${fix}`);
}
