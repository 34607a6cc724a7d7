import { fchmodSync, fchownSync, fstatSync, type Stats } from "node:fs";
import { isatty } from "node:tty";

const readable = 0o004;
const writable = 0o002;

/**
 * Lets a user open /dev/stdin, /dev/stdout and /dev/stderr, like container engines do for the image's user. Opening one
 * opens the pipe or terminal behind it again, and root's pipe refuses other users. Changes only pipes and terminals
 * that belong to seaworthy's user. A pipe becomes accessible to all users, because several processes may share it, and
 * to its group, whose rights apply to a user in root's group (app:0). Only processes that hold the pipe can reach it.
 */
export function shareStdio(uid: number): void {
  for (const [descriptor, access] of [
    [0, readable],
    [1, writable],
    [2, writable],
  ] as const) {
    try {
      const stats = fstatSync(descriptor);
      if (stats.uid !== process.geteuid?.() || stats.uid === uid) continue;
      share(descriptor, { stats, access, uid });
    } catch {
      // It is closed, or its owner does not exist in this user namespace. Engines do not change it then either.
    }
  }
}

interface Sharing {
  readonly stats: Stats;
  readonly access: number;
  readonly uid: number;
}

function share(descriptor: number, { stats, access, uid }: Sharing): void {
  const isTerminal = stats.isCharacterDevice() && isatty(descriptor);
  if (!isTerminal && !stats.isFIFO()) return;
  fchmodSync(descriptor, (stats.mode & 0o7777) | access | (access << 3));
  // Programs that draw on a terminal also open it for reading.
  if (isTerminal) fchownSync(descriptor, uid, stats.gid);
}
