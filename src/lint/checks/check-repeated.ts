import type { Alteration } from "../alteration.ts";
import { show, type Name } from "../names.ts";
import type { Context } from "../problem.ts";
import type { LintRuleId } from "../rules/rules.ts";

/** What Postgres does for all commands of one ALTER TABLE in a single pass over the rows. */
const passes: ReadonlySet<LintRuleId> = new Set([
  "change-column-type",
  "set-not-null",
  "add-column-rewrite",
  "add-check",
  "rewrite-table",
]);

/**
 * Reports an ALTER TABLE that could be a part of one before it. In a transaction the lock is held anyway: there it counts
 * that rows are gone through once more. Outside of one, each waits for its lock again.
 */
export function checkRepeated(table: Name, alteration: Alteration, context: Context): void {
  const { scope, report, at, inTransaction } = context;
  const place = scope.identify("relation", table);
  const before = scope.alterations.get(place) ?? [];
  const own = alteration.found.filter(({ rule }) => passes.has(rule));
  const others = before.flatMap(({ found }) => found.filter(({ rule }) => passes.has(rule)));
  scope.alterations.set(place, [...before, alteration]);
  if (inTransaction) {
    if (own.length > 0 && others.length > 0)
      report({
        rule: "repeated-alter-table",
        at,
        message: `This ALTER TABLE goes through all rows of ${show(table)} once more, after the one of line ${context.lineOf(others[0]?.at ?? at)}.`,
        unlessAllHarmless: [others, own],
      });
    return;
  }
  const last = before.at(-1);
  if (scope.lastAltered === place && last?.blocksQueries === true && alteration.blocksQueries)
    report({
      rule: "repeated-alter-table",
      at,
      message: `This ALTER TABLE makes every query of ${show(table)} wait for its lock once more, right after another.`,
    });
}
