import type { Alteration } from "../alteration.ts";
import { show, type Name } from "../names.ts";
import type { Context } from "../problem.ts";
import type { LintRuleId } from "../rules/rules.ts";

/** Work that Postgres does in a single scan for all commands of one ALTER TABLE. */
const passes: ReadonlySet<LintRuleId> = new Set([
  "change-column-type",
  "set-not-null",
  "add-column-rewrite",
  "add-check",
  "rewrite-table",
]);

/**
 * Reports an ALTER TABLE that could be part of an earlier one. In a transaction the lock is already held, so only a
 * second scan counts. Outside a transaction, each statement waits for its lock again.
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
        message: `This ALTER TABLE scans all rows of ${show(table)} again, after the one in line ${context.lineOf(others[0]?.at ?? at)}.`,
        unlessAllHarmless: [others, own],
      });
    return;
  }
  const last = before.at(-1);
  if (scope.lastAltered === place && last?.blocksQueries === true && alteration.blocksQueries)
    report({
      rule: "repeated-alter-table",
      at,
      message: `This ALTER TABLE makes every query on ${show(table)} wait for its lock again, right after another ALTER TABLE.`,
    });
}
