import { showName, type PlainContext } from "./objects.ts";
import type { Word } from "./words.ts";

/** What a statement asks the server for. The server refuses the statement if it cannot do it so. */
export interface How {
  readonly algorithm?: string;
  readonly lock?: string;
}

/** Reads `ALGORITHM=…` and `LOCK=…`. The sign may be left out. */
export function howOf(words: readonly Word[]): How {
  const valueOf = (name: string) => {
    const at = words.findIndex(({ word, depth }) => word === name && depth === 0);
    if (at === -1) return undefined;
    return words[words[at + 1]?.word === "=" ? at + 2 : at + 1]?.word;
  };
  const [algorithm, lock] = [valueOf("ALGORITHM"), valueOf("LOCK")];
  return { ...(algorithm !== undefined && { algorithm }), ...(lock !== undefined && { lock }) };
}

interface Copy {
  readonly table: readonly string[];
  readonly how: How;
  readonly at: number;
  /** Whether the server copies all rows, or locks the table against writes and builds something in it. */
  readonly effect: "copies" | "locks";
  /** Whether the statement asks for it. */
  readonly isAsked?: boolean;
}

const withoutCopy = new Set(["INSTANT", "NOCOPY", "INPLACE"]);

/** Whether the server refuses the statement rather than let writes wait. */
export function isRefusedInstead({ algorithm = "", lock }: How, effect: Copy["effect"]): boolean {
  if (lock === "NONE" || algorithm === "INSTANT") return true;
  return effect === "copies" && withoutCopy.has(algorithm);
}

/** Reports that writes wait. Returns whether it was reported. */
export function reportCopy(
  what: string,
  { table, how, at, effect, isAsked = false }: Copy,
  report: PlainContext["report"],
): boolean {
  if (isRefusedInstead(how, effect)) return false;
  const name = showName(table);
  const done = effect === "copies" ? `copies all rows of ${name}` : `locks ${name} while it reads all rows`;
  report({
    rule: "copy-table",
    at,
    message: `${what} ${done}, and writes wait.`,
    ...(isAsked && { safeWay: "Write ALGORITHM=INPLACE, LOCK=NONE: the server then refuses what it can only copy." }),
  });
  return true;
}
