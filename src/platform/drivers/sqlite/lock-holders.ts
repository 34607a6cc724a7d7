import { existsSync, readFileSync, statSync } from "node:fs";

/** SQLite locks bytes from here on in a database: https://sqlite.org/src/file/src/os.h */
const firstByte = 0x4000_0000;
/** In WAL mode, a writer, a checkpoint and a recovery lock one byte each: https://sqlite.org/walformat.html#locks */
const firstInShm = 120;
const lastInShm = 122;

/**
 * Names the processes that hold a lock of SQLite on this database, but one. Undefined if none can be seen: /proc shows only
 * those of this container.
 */
export function describeHolders(path: string, except: number | undefined): string | undefined {
  const ranges = [
    { file: path, isMeant: (start: number, kind: string) => start >= firstByte && kind === "WRITE" },
    { file: `${path}-shm`, isMeant: (start: number) => start >= firstInShm && start <= lastInShm },
    { file: path, isMeant: (start: number) => start >= firstByte },
  ];
  for (const { file, isMeant } of ranges) {
    const pids = pidsOf(file, isMeant).filter((pid) => pid !== except);
    if (pids.length > 0) return pids.map(describeProcess).join(", ");
  }
  return undefined;
}

/** proc_locks(5): `1: POSIX  ADVISORY  WRITE 18609 fe:00:4317203 1073741824 1073742335` */
const line = /^\d+: \S+ +\S+ +(READ|WRITE) (\d+) \w+:\w+:(\d+) (\d+) /;

function pidsOf(file: string, isMeant: (start: number, kind: string) => boolean): readonly number[] {
  if (!existsSync(file)) return [];
  // Some file systems show another device there, so compare only the inode.
  const inode = String(statSync(file).ino);
  const found = readLocks().flatMap((text) => {
    const [, kind = "", pid, own, start] = line.exec(text) ?? [];
    return own === inode && isMeant(Number(start), kind) ? [Number(pid)] : [];
  });
  return [...new Set(found)];
}

function readLocks(): readonly string[] {
  try {
    return readFileSync("/proc/locks", "utf8").split("\n");
  } catch {
    return [];
  }
}

/** Without its arguments, which may hold secrets. */
function describeProcess(pid: number): string {
  try {
    return `pid ${pid} (${readFileSync(`/proc/${pid}/comm`, "utf8").trim()})`;
  } catch {
    return `pid ${pid}`;
  }
}
