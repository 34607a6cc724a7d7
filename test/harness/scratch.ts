import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

let folder: string | undefined;
let made = 0;

/** A new path in a folder that every user can read. The folder is removed when the test file ends. */
export function scratchPath(name: string): string {
  folder ??= makeFolder();
  return join(folder, `${++made}-${name}`);
}

function makeFolder(): string {
  const path = mkdtempSync(join(tmpdir(), "seaworthy-test-"));
  chmodSync(path, 0o755);
  process.on("exit", () => rmSync(path, { recursive: true, force: true }));
  return path;
}
