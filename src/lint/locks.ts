import { show, type Name } from "./names.ts";
import type { Context } from "./problem.ts";
import type { HeldLock } from "./scope.ts";

/** Records that the statement locks a table until the transaction ends. New tables do not count: no version uses them. */
export function noteLock({ scope, inTransaction, at }: Context, table: Name, blocks: HeldLock["blocks"]): void {
  if (inTransaction && !scope.isNew("relation", table))
    scope.transaction.locks.push({ table: show(table), at, blocks });
}

/** Reports a slow statement that runs while an earlier one of its transaction keeps a table locked. */
export function reportHeldLock(context: Context, statement: string, at = context.at): void {
  const { locks } = context.scope.transaction;
  const lock = locks.find(({ blocks }) => blocks === "every query") ?? locks[0];
  if (lock === undefined) return;
  context.report({
    rule: "lock-held",
    at,
    message: `${statement} scans its rows while the lock from line ${context.lineOf(lock.at)} on ${lock.table} makes ${lock.blocks} on that table wait.`,
  });
}
