import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, test } from "node:test";
import { Ajv } from "ajv";
import { allRules } from "../../../src/lint/rules/all-rules.ts";
import { formatReport } from "../../../src/lint/report/format-report.ts";
import type { LintReport } from "../../../src/lint/report/report.ts";
import { allowed, finding, reportOf, root } from "./report-of.ts";

/** The schema of OASIS. It is written for draft 4, and uses only what later drafts have too. */
function readSchema(): object {
  const path = createRequire(import.meta.url).resolve("@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json");
  const { id: _, $schema: __, ...schema } = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
  return schema;
}

const validate = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false, allErrors: true }).compile(
  readSchema(),
);

function format(report: LintReport) {
  const text = formatReport(report, { format: "sarif", root, version: "1.2.3", isPlan: false });
  assert.ok(validate(JSON.parse(text)), JSON.stringify(validate.errors, null, 2));
  const [run] = JSON.parse(text).runs;
  return run;
}

describe("SARIF 2.1.0 is valid by the schema of OASIS", () => {
  test("a finding, with its rule and its place", () => {
    const { results, tool, columnKind } = format(reportOf({ findings: [finding] }));
    assert.equal(columnKind, "unicodeCodePoints");
    const [result] = results;
    assert.equal(tool.driver.rules[result.ruleIndex].id, "drop-column");
    assert.equal(result.ruleId, "drop-column");
    assert.deepEqual(result.locations[0].physicalLocation, {
      artifactLocation: { uri: "migrations/2_b.sql", uriBaseId: "%SRCROOT%" },
      region: { startLine: 3, startColumn: 15 },
    });
  });

  test("every rule, with help", () => {
    const { rules } = format(reportOf()).tool.driver;
    assert.deepEqual(
      rules.map(({ id }: { id: string }) => id),
      allRules.map(({ id }) => id),
    );
    for (const { shortDescription, fullDescription, help } of rules)
      for (const text of [shortDescription.text, fullDescription.text, help.text, help.markdown]) assert.ok(text);
  });

  test("an allowed finding is suppressed in the source, with its reason", () => {
    const [result] = format(reportOf({ allowed: [allowed] })).results;
    assert.deepEqual(result.suppressions, [{ kind: "inSource", justification: "no version reads it" }]);
  });

  test("a path with characters that a URI does not have", () => {
    const paths = ["/repo/a b/ü#?%:.sql", "/elsewhere/a b.sql"];
    const uris = paths.map((path) => {
      const [result] = format(reportOf({ path, findings: [finding] })).results;
      return result.locations[0].physicalLocation.artifactLocation;
    });
    assert.deepEqual(uris, [
      { uri: "a%20b/%C3%BC%23%3F%25%3A.sql", uriBaseId: "%SRCROOT%" },
      { uri: "file:///elsewhere/a%20b.sql" },
    ]);
  });

  test("files that cannot be read are notifications of a run that failed", () => {
    const unreadable = [
      { path: "/repo/a.sql", line: 2, column: 4, message: "unknown directive" },
      { message: "1_a was changed" },
    ];
    const [invocation] = format(reportOf({ unreadable })).invocations;
    assert.equal(invocation.executionSuccessful, false);
    assert.equal(invocation.toolExecutionNotifications.length, 2);
  });

  test("control: the schema refuses a line 0, and a result without a message", () => {
    const log = { version: "2.1.0", runs: [{ tool: { driver: { name: "x" } }, results: [{}] }] };
    assert.equal(validate(log), false);
    const location = { physicalLocation: { artifactLocation: { uri: "a" }, region: { startLine: 0 } } };
    const results = [{ message: { text: "x" }, locations: [location] }];
    assert.equal(validate({ ...log, runs: [{ ...log.runs[0], results }] }), false);
  });
});
