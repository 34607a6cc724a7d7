import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { steadyFunctions } from "../../src/lint/defaults.ts";
import type { LintRuleId } from "../../src/lint/rules/rules.ts";
import { blockingCases } from "./cases-blocking.ts";
import { compatibilityCases } from "./cases-compatibility.ts";
import { failingCases } from "./cases-failing.ts";
import { toCase, type Case, type RuleCases } from "./cases.ts";
import { startServer, type Server } from "./server.ts";

/** Runs the cases on a real Postgres: the linter must not report harmless ones, and must not miss harmful ones. */
let server: Server;
before(async () => {
  server = await startServer();
});
after(() => server.close());

/** Whether the case is for the tests' server version, in one transaction. */
const runnable = (items: readonly (string | Case)[]) =>
  items.map(toCase).filter(({ transaction, serverVersion }) => transaction !== false && serverVersion === undefined);

const casesOf = (rule: LintRuleId): RuleCases => {
  const found = [...compatibilityCases, ...blockingCases, ...failingCases].find((cases) => cases.rule === rule);
  assert.ok(found, rule);
  return found;
};

describe("the cases", () => {
  test("are accepted by a server", async () => {
    for (const { rule, bad, good } of [...compatibilityCases, ...blockingCases])
      for (const { sql } of runnable([...bad, ...good])) {
        const refusal = await server.refusalOf(sql, { transaction: true });
        const hasNulls = rule === "add-required-column" && bad.includes(sql);
        assert.equal(refusal, hasNulls ? "23502" : undefined, sql);
      }
  });
});

const underLock: readonly LintRuleId[] = [
  "change-column-type",
  "set-not-null",
  "add-column-rewrite",
  "add-foreign-key",
  "add-check",
  "add-unique",
  "add-exclusion",
  "validate-in-same-migration",
  "add-domain-constraint",
  "add-index",
  "reindex",
  "rewrite-table",
  "refresh-materialized-view",
  "attach-partition",
  "repeated-alter-table",
  "lock-held",
];

describe("findings about scans and locks", () => {
  for (const rule of underLock)
    test(`${rule}: only the bad cases scan rows under a lock`, async () => {
      const { bad, good } = casesOf(rule);
      for (const { sql } of runnable(bad)) {
        // The server has only one tablespace, and moving a table to its own tablespace does nothing.
        if (sql.includes("TABLESPACE")) continue;
        assert.notDeepEqual((await server.observe(sql)).touchedUnderLock, [], sql);
      }
      for (const { sql } of runnable(good)) {
        // The statement reads a small table or few rows. The linter judges that by the condition.
        if (sql.includes("settings")) continue;
        assert.deepEqual((await server.observe(sql)).touchedUnderLock, [], sql);
      }
    });

  for (const rule of ["drop-index", "detach-partition", "lock-table"] as const)
    test(`${rule}: a table is locked in the bad cases`, async () => {
      for (const { sql } of runnable(casesOf(rule).bad))
        assert.notDeepEqual((await server.observe(sql)).locked, [], sql);
    });
});

describe("findings about statements that fail", () => {
  test("the server refuses the same statements, for the same reason", async () => {
    const states = {
      "needs-no-transaction": "25001",
      "enum-value-used-early": "55P04",
      "syntax-error": "42601",
      "replace-refused": /^42P1[36]$/,
    } as const;
    for (const [rule, state] of Object.entries(states)) {
      const { bad, good } = casesOf(rule as keyof typeof states);
      for (const { sql, serverVersion, transaction = true } of bad.map(toCase))
        if (serverVersion === undefined)
          assert.match((await server.refusalOf(sql, { transaction })) ?? "", new RegExp(state), sql);
      for (const { sql } of runnable(good))
        assert.equal(await server.refusalOf(sql, { transaction: true }), undefined, sql);
    }
  });
});

describe("the functions that a default may use", () => {
  test("all exist on the server, and none has a volatile form", async () => {
    const { rows } = await server.client.query<{ readonly name: string; readonly isVolatile: boolean }>(
      `SELECT proname AS name, bool_or(provolatile = 'v') AS "isVolatile" FROM pg_proc
        WHERE pronamespace = 'pg_catalog'::regnamespace AND proname = ANY($1) GROUP BY 1`,
      [[...steadyFunctions]],
    );
    assert.deepEqual(
      rows.filter(({ isVolatile }) => isVolatile),
      [],
    );
    assert.deepEqual(new Set(rows.map(({ name }) => name)), steadyFunctions);
  });
});
