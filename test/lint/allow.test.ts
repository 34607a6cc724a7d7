import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { applyAllowances } from "../../src/lint/allow.ts";
import { parseDirectives } from "../../src/migrations/directives.ts";
import { finding } from "./report/report-of.ts";

const parse = (text: string) => parseDirectives("a.sql", text);

describe("-- seaworthy: allow RULE because REASON", () => {
  test("is read with its reason and its line", () => {
    const { allowed, contract } = parse(
      "-- seaworthy: contract 2.0.0\n-- seaworthy: allow drop-column because  no version reads it \n--seaworthy:allow add-index because small",
    );
    assert.equal(contract, "2.0.0");
    assert.deepEqual(allowed, [
      { rule: "drop-column", reason: "no version reads it", line: 2 },
      { rule: "add-index", reason: "small", line: 3 },
    ]);
  });

  test("control: a file without one has none", () => assert.equal("allowed" in parse("SELECT 1;"), false));

  for (const text of [
    "allow",
    "allow drop-column",
    "allow drop-column because",
    "allow because it is small",
    "allow drop-column it is small",
  ]) {
    test(`refused without a rule or a reason: ${text}`, () => {
      assert.throws(() => parse(`-- seaworthy: ${text}`), {
        exitCode: 78,
        message: /^a\.sql:1: expected "allow RULE because REASON"/,
      });
    });
  }

  test("refused behind the first statement", () => {
    assert.throws(() => parse("SELECT 1;\n-- seaworthy: allow drop-column because x"), { exitCode: 78 });
  });

  test("it accepts the findings of its rule, and no others", () => {
    const other = { ...finding, rule: "drop-table" };
    const allowance = { rule: "drop-column", reason: "r", line: 1 };
    assert.deepEqual(applyAllowances("a.sql", [finding, other], [allowance]), {
      findings: [other],
      allowed: [{ ...finding, reason: "r" }],
    });
  });

  for (const [rule, message] of [
    ["drop-colum", "a.sql:7: cannot allow drop-colum: there is no such lint rule; did you mean drop-column?"],
    ["syntax-error", "a.sql:7: cannot allow syntax-error: such a statement cannot run. Correct it."],
  ] as const) {
    test(`refused: ${rule}`, () => {
      assert.throws(() => applyAllowances("a.sql", [], [{ rule, reason: "r", line: 7 }]), { exitCode: 78, message });
    });
  }
});
