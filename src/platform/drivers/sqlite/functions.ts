import { existsSync, statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { addInstanceFunctions } from "./instances-file.ts";
import { describeHolders } from "./lock-holders.ts";
import { realPathOf } from "./paths.ts";
import { describeLockHolder, isUpgradeLockHeld } from "./upgrade-lock.ts";

/**
 * SQL functions that tell about a database file what a server would tell about itself:
 * - `seaworthy_place()`: JSON with its real path, its inode (null if it does not exist), and the user of this process
 * - `seaworthy_lock_held()`: 1 if an upgrade holds the lock, 0 if not, NULL if this user may not know
 * - `seaworthy_lock_holder()`: names the holder of the upgrade lock
 * - `seaworthy_blocker()`: names the processes that have locked the database, or NULL
 * - those of instances-file.ts
 */
export function addFunctions(database: DatabaseSync, path: string): void {
  const real = () => realPathOf(path);
  const add = (name: string, run: () => string | number | null) => database.function(name, { directOnly: true }, run);
  add("seaworthy_place", () => JSON.stringify(placeOf(real())));
  add("seaworthy_lock_held", () => {
    const isHeld = isUpgradeLockHeld(real());
    return isHeld === undefined ? null : Number(isHeld);
  });
  add("seaworthy_lock_holder", () => describeLockHolder(real()));
  add("seaworthy_blocker", () => describeHolders(real(), undefined) ?? null);
  addInstanceFunctions(database, real);
}

function placeOf(path: string) {
  const { dev, ino } = existsSync(path) ? statSync(path) : {};
  return { path, inode: dev === undefined ? null : `${dev}:${ino}`, user: process.getuid?.() ?? 0 };
}
