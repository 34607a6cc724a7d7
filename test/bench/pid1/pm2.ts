import { execFile } from "node:child_process";
import { access } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

/** The path of pm2, or the reason why it is missing. */
export type FetchedPm2 = { readonly script: string } | { readonly leftOut: string };

/** Installs pm2 into the bench's own folder. It is only a peer, not a dependency. */
export async function fetchPm2(folder: string): Promise<FetchedPm2> {
  const flags = ["--no-audit", "--no-fund", "--ignore-scripts", "--no-save", "--fetch-retries=1"];
  try {
    await promisify(execFile)("npm", ["install", "--prefix", folder, ...flags, "pm2"], {
      cwd: folder,
      timeout: 120_000,
    });
    const script = join(folder, "node_modules/pm2/bin/pm2-runtime");
    await access(script);
    return { script };
  } catch (error) {
    const reason = /npm error code (\S+)/.exec(String(error))?.[1] ?? "npm failed";
    return { leftOut: `left out: cannot fetch pm2 from npm (${reason})` };
  }
}
