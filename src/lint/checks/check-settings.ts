import type { Context } from "../problem.ts";
import type { Setting } from "../settings.ts";

/** Without lock_timeout, the migration may wait for a lock for ever, and every query on the table waits behind it. */
export function checkLockTimeout({ name, value }: Setting, written: string, { report, at }: Context): void {
  const isReset = value === "default" && (name === "all" || name === "lock_timeout");
  const isOff = name === "lock_timeout" && value !== "default" && value !== "unknown" && isZero(value[0] ?? "");
  if (!isReset && !isOff) return;
  report({
    rule: "no-lock-timeout",
    at,
    message: `${written} removes the time limit for locks: while the migration waits for a table, every query on that table waits behind it.`,
  });
}

const unitMs: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** `0`, `'0'`, `0 s`, and any value below half a millisecond. */
function isZero(value: string): boolean {
  const [, amount = "", unit = "ms"] = /^\s*([^\s a-z]+(?:e[+-]?\d+)?)\s*(us|ms|s|min|h|d)?\s*$/.exec(value) ?? [];
  return amount !== "" && Math.round(Number(amount) * (unitMs[unit] ?? 1)) === 0;
}
