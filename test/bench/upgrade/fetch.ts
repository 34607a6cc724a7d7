import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

/** An installed package, or the reason why it is missing. */
export type Fetched = { readonly folder: string; readonly version: string } | { readonly leftOut: string };

export interface Tools {
  /** The folder from which modules can import it. */
  readonly root: string;
  readonly of: (name: string) => Fetched;
}

const names = ["dbmate", "node-pg-migrate", "knex", "graphile-migrate", "umzug", "sequelize", "pg", "mysql2"];

/** Installs the other tools into the bench's own folder. They are not dependencies. */
export async function fetchTools(root: string): Promise<Tools> {
  const flags = ["--no-audit", "--no-fund", "--ignore-scripts", "--no-save", "--fetch-retries=1"];
  let failure = "npm did not install it";
  try {
    const options = { cwd: root, timeout: 180_000 };
    await promisify(execFile)("npm", ["install", "--prefix", root, ...flags, ...names], options);
  } catch (error) {
    failure = /npm error code (\S+)/.exec(String(error))?.[1] ?? "npm failed";
  }
  return {
    root,
    of(name) {
      const folder = join(root, "node_modules", name);
      try {
        const text = readFileSync(join(folder, "package.json"), "utf8");
        return { folder, version: (JSON.parse(text) as { version: string }).version };
      } catch {
        return { leftOut: `left out: cannot fetch ${name} from npm (${failure})` };
      }
    },
  };
}
