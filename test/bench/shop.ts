import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, startPostgres } from "../harness/postgres.ts";
import { bundlePath } from "./programs.ts";

/** The app that all suites measure: three dependencies, all compatible, on a real Postgres. */
export interface Shop {
  /** The working directory: seaworthy.yaml and the migrations. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly healthUrl: string;
  /** Creates an empty folder. It is deleted with the shop. */
  readonly newFolder: () => string;
  readonly close: () => Promise<void>;
}

export async function openShop(): Promise<Shop> {
  const postgres = await startPostgres();
  const root = mkdtempSync(join(tmpdir(), "seaworthy-bench-"));
  const folder = join(root, "app");
  const listen = `127.0.0.1:${await freePort()}`;
  mkdirSync(join(folder, "migrations"), { recursive: true });
  for (const number of [1, 2, 3]) {
    writeFileSync(join(folder, `migrations/000${number}_table.sql`), `CREATE TABLE table_${number} (id int);\n`);
  }
  writeFileSync(join(folder, "seaworthy.yaml"), configuration(listen));
  const environment = {
    PATH: process.env["PATH"] ?? "/usr/bin:/bin",
    HOME: root,
    DATABASE_URL: postgres.url,
  };
  const close = async () => {
    await postgres.stop();
    rmSync(root, { recursive: true, force: true });
  };
  const upgrade = spawnSync(process.execPath, [bundlePath, "--upgrade"], { cwd: folder, env: environment });
  if (upgrade.status !== 0) {
    await close();
    throw new Error(`--upgrade failed with ${upgrade.status}:\n${String(upgrade.stderr)}`);
  }
  return {
    folder,
    environment,
    healthUrl: `http://${listen}/health`,
    newFolder: () => mkdtempSync(join(root, "life-")),
    close,
  };
}

const configuration = (listen: string) => `
app: { name: shop, version: 2.3.0 }
dependencies:
  schema:  { kind: schema, url: "\${DATABASE_URL}", migrations: ./migrations }
  release: { kind: release, url: "\${DATABASE_URL}", requires: ">=2.0" }
  postgres: { kind: server, url: "\${DATABASE_URL}", requires: ">=14" }
health: { listen: "${listen}" }
`;
