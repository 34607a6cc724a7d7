import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { formatReport } from "../../../src/lint/report/format-report.ts";
import type { LintReport } from "../../../src/lint/report/report.ts";
import { allowed, finding, reportOf, root } from "./report-of.ts";

const format = (report: LintReport, isPlan = false) =>
  formatReport(report, { format: "markdown", root, version: "1.2.3", isPlan });

/** The cells of each row, split as GitHub does: at every pipe without a backslash before it. */
function rowsOf(text: string): readonly (readonly string[])[] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

describe("a table in Markdown", () => {
  test("findings, what is allowed, and what is not linted", () => {
    const text = format(reportOf({ findings: [finding], allowed: [allowed], notLinted: "only SQL is linted" }));
    assert.match(text, /^### seaworthy: 1 finding in 1 migration$/m);
    assert.deepEqual(
      rowsOf(text).filter(([first = ""]) => first.startsWith("`")),
      [
        ["`migrations/2_b.sql:3:15`", "`drop-column`", "DROP COLUMN breaks a.b.", "Use two releases."],
        ["`migrations/2_b.sql:3:15`", "`drop-column`", "DROP COLUMN breaks a.b.", "no version reads it"],
        ["`migrations/2_b.sql`", "only SQL is linted"],
      ],
    );
  });

  for (const [name, text] of [
    ["pipes", "a|b||c"],
    ["a backslash before a pipe", String.raw`a\|b`],
    ["line breaks", "a\r\nb\n| c |"],
    ["backticks", "`a` ``b``"],
  ] as const) {
    test(`${name} do not end a cell or a row`, () => {
      const report = reportOf({ path: `/repo/${text}.sql`, findings: [{ ...finding, message: text, safeWay: text }] });
      const rows = rowsOf(format(report));
      assert.equal(rows.length, 3);
      for (const cells of rows) assert.equal(cells.length, 4);
    });
  }

  test("names of tables are not read as markup", () => {
    const text = format(reportOf({ findings: [{ ...finding, message: "<img> *a* [b](c) @team #1 my_table_x" }] }));
    assert.ok(text.includes(String.raw`\<img\> \*a\* \[b\](c) \@team \#1 my\_table\_x`), text);
  });

  test("a plan lists its migrations", () => {
    const text = format(reportOf({ tier: "contract", floor: "2.0.0" }), true);
    assert.ok(text.includes("| `2_b` | contract: leaves apps from 2.0.0 on working |"), text);
  });

  test("control: a lint of a folder does not", () => assert.deepEqual(rowsOf(format(reportOf())), []));
});
