import { execFile } from "node:child_process";
import { access } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

/** Where it is, or why it is not there. */
export type FetchedPm2 = { readonly script: string } | { readonly leftOut: string };

/** Fetches pm2 into a folder of the bench's: it is measured against, and no dependency. */
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
    const reason = /npm error code (\S+)/.exec(String(error))?.[1] ?? "npm did not end well";
    return { leftOut: `left out: cannot fetch pm2 from npm (${reason})` };
  }
}
