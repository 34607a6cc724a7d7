import type { PlainProblem } from "./objects.ts";
import type { Statement } from "../../migrations/sql/statement.ts";

/** First words of statements that MySQL commits on their own, with all before them. */
const committing = new Set(["ALTER", "CREATE", "DROP", "RENAME", "TRUNCATE", "GRANT", "REVOKE", "LOCK"]);

/** Follows BEGIN … COMMIT in the files of other tools: on MySQL, it does not hold changes of the schema together. */
export function createTransactions(report: (problem: PlainProblem) => void) {
  let statements: number | undefined;
  let first: { readonly at: number; readonly what: string } | undefined;
  const end = () => {
    if (statements !== undefined && statements > 1 && first !== undefined)
      report({
        rule: "implicit-commit",
        at: first.at,
        message: `${first.what} ends the transaction around it: what was done before is committed.`,
      });
    statements = undefined;
    first = undefined;
  };
  return {
    end,
    take({ words, index: at }: Pick<Statement, "words" | "index">): void {
      const [word = "", second] = words;
      if ((word === "BEGIN" && second !== "NOT") || (word === "START" && second === "TRANSACTION")) {
        end();
        statements = 0;
      } else if (word === "COMMIT" || word === "ROLLBACK") end();
      else if (statements !== undefined) {
        statements++;
        if (committing.has(word) && second !== "TEMPORARY") first ??= { at, what: word };
      }
    },
  };
}
