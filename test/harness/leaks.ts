import assert from "node:assert/strict";
import { readdirSync, readlinkSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { createDatabase, type TestDatabase } from "./database.ts";
import { createImage, imagePrefix, type Image, type ImageFiles } from "./image.ts";
import { allProcesses, treeOf, type ProcessEntry } from "./proc.ts";
import { serverProcesses } from "./servers.ts";

/** Images and databases of a test file. `end` asserts that seaworthy left nothing behind. */
export interface Suite {
  readonly image: (files: ImageFiles) => Image;
  /** A fresh, empty database. */
  readonly database: () => Promise<TestDatabase>;
  /** Call it after all programs have ended. Fails if a process, a connection or a temporary folder is left. */
  readonly end: () => Promise<void>;
}

/** `patienceMs`: how long processes and connections may take to end. */
export function openSuite({ patienceMs = 5000 } = {}): Suite {
  const databases: TestDatabase[] = [];
  return {
    image: createImage,
    async database() {
      const database = await createDatabase();
      databases.push(database);
      return database;
    },
    async end() {
      try {
        await assertNothing("process", () => leftProcesses().map(describeProcess), patienceMs);
        for (const database of databases)
          await assertNothing("connection", () => leftConnections(database), patienceMs);
      } finally {
        for (const { pid } of leftProcesses()) process.kill(pid, "SIGKILL");
        for (const folder of leftFolders()) rmSync(folder, { recursive: true });
        for (const database of databases.splice(0)) await database.drop();
      }
      assert.deepEqual(leftFolders(), []);
    },
  };
}

async function assertNothing(
  what: string,
  find: () => readonly string[] | Promise<readonly string[]>,
  patienceMs: number,
): Promise<void> {
  const deadline = Date.now() + patienceMs;
  let left = await find();
  while (left.length > 0 && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    left = await find();
  }
  assert.deepEqual(left, [], `a ${what} leaked`);
}

/** Our descendants, except servers, and orphans whose working directory is one of our images. */
function leftProcesses(): readonly ProcessEntry[] {
  const kept = new Set([process.pid, ...serverProcesses().map(({ pid }) => pid)]);
  const own = treeOf(process.pid).filter(({ pid }) => !kept.has(pid));
  const known = new Set([...kept, ...own.map(({ pid }) => pid)]);
  const orphans = allProcesses().filter(({ pid }) => !known.has(pid) && workingDirectory(pid).startsWith(imagePrefix));
  return [...own, ...orphans];
}

function workingDirectory(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    // It has ended, or belongs to another user.
    return "";
  }
}

function describeProcess({ pid, state, name, commandLine }: ProcessEntry): string {
  return `${pid} ${state} ${name} ${commandLine.join(" ")}`;
}

async function leftConnections(database: TestDatabase): Promise<readonly string[]> {
  const rows = await database.query(`SELECT application_name || ': ' || query AS text FROM pg_stat_activity
    WHERE datname = current_database() AND application_name LIKE 'seaworthy%'`);
  return rows.map(({ text }) => String(text));
}

function leftFolders(): readonly string[] {
  const [folder, prefix] = [dirname(imagePrefix), basename(imagePrefix)];
  return readdirSync(folder)
    .filter((name) => name.startsWith(prefix))
    .map((name) => join(folder, name));
}
