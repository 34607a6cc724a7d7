import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "./process-cost.ts";
import type { Migration, Runner } from "./runner.ts";
import type { BenchServer, EngineName } from "./server.ts";

/** The input of every measurement of the suite. */
export interface Setting {
  readonly engine: EngineName;
  readonly server: BenchServer;
  /** The row that applying is compared with. */
  readonly applyFloor: string;
  readonly runners: readonly Runner[];
  readonly newFolder: () => string;
}

/** Writes a runner's folder of migrations once. Returns the command that upgrades a database with it. */
export async function writeImage(
  { newFolder }: Setting,
  runner: Runner,
  migrations: readonly Migration[],
): Promise<(url: string) => Command> {
  const workingDirectory = mkdtempSync(join(newFolder(), "image-"));
  const { argv, environment, urlAs } = await runner.write(workingDirectory, migrations);
  return (url) => ({
    argv: urlAs === "argument" ? [...argv, url] : argv,
    workingDirectory,
    environment: { ...environment, DATABASE_URL: urlAs === "without TLS" ? `${url}?sslmode=disable` : url },
  });
}
