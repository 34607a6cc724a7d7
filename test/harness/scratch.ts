import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

let folder: string | undefined;
let made = 0;

/** A path of its own in a folder that every user can read, and that is gone when the test file has ended. */
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
