import { fchmodSync, fchownSync, fstatSync, type Stats } from "node:fs";
import { isatty } from "node:tty";

const readable = 0o004;
const writable = 0o002;

/**
 * Lets a user open /dev/stdin, /dev/stdout and /dev/stderr, as container engines do it for the user of the image: to
 * open them is to open what stands behind them again, and a pipe of root's refuses that. Only pipes and terminals, and
 * only those that belong to us. A pipe is opened to all users, since several processes may share it, and to its group,
 * which a user of root's group would be judged by (app:0); only its holders can reach it.
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
      // It is closed; or its owner does not exist in this user namespace: engines leave it alone then, too.
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
  // What draws on a terminal opens it to read, too.
  if (isTerminal) fchownSync(descriptor, uid, stats.gid);
}
