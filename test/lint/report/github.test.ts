import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { formatReport } from "../../../src/lint/report/format-report.ts";
import type { LintReport } from "../../../src/lint/report/report.ts";
import { allowed, finding, reportOf, root } from "./report-of.ts";

const format = (report: LintReport) =>
  formatReport(report, { format: "github", root, version: "1.2.3", isPlan: false });

interface Command {
  readonly level: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly message: string;
}

/** Reads workflow commands as GitHub's runner does: split at the commas first, then unescape. */
function readCommands(output: string): readonly Command[] {
  return output
    .split(/\r\n|\r|\n/)
    .filter((line) => line !== "")
    .map((line) => {
      const [, level = "", list = "", data = ""] = /^::(\w+) (.*?)::(.*)$/.exec(line) ?? assert.fail(line);
      const properties = list.split(",").map((pair) => {
        const at = pair.indexOf("=");
        return [pair.slice(0, at), unescape(pair.slice(at + 1), true)] as const;
      });
      return { level, properties: Object.fromEntries(properties), message: unescape(data, false) };
    });
}

function unescape(text: string, isProperty: boolean): string {
  const plain = text.replaceAll("%0D", "\r").replaceAll("%0A", "\n");
  const more = isProperty ? plain.replaceAll("%3A", ":").replaceAll("%2C", ",") : plain;
  return more.replaceAll("%25", "%");
}

describe("annotations of GitHub", () => {
  test("a finding is an error at its place, with the way to do it instead", () => {
    assert.equal(
      format(reportOf({ findings: [finding] })),
      "::error file=migrations/2_b.sql,line=3,col=15,title=seaworthy%3A drop-column::DROP COLUMN breaks a.b.%0AInstead: Use two releases.\n",
    );
  });

  test("an allowed finding is a notice with its reason", () => {
    const [command] = readCommands(format(reportOf({ allowed: [allowed] })));
    assert.equal(command?.level, "notice");
    assert.match(command?.message ?? "", /Allowed: no version reads it$/);
  });

  for (const [name, text] of [
    ["a percent sign", "100%"],
    ["a text that looks escaped", "%0A%25"],
    ["line breaks", "a\r\nb\rc\nd"],
    ["colons and commas", "a::b: c, d"],
    ["another command", "x\n::error::injected"],
    ["equal signs", "a=b,c=d"],
  ] as const) {
    test(`${name} in a path and in a message`, () => {
      const path = `/repo/${text}.sql`;
      const commands = readCommands(format(reportOf({ path, findings: [{ ...finding, message: text }] })));
      assert.equal(commands.length, 1);
      assert.deepEqual(commands[0], {
        level: "error",
        properties: { file: `${text}.sql`, line: "3", col: "15", title: "seaworthy: drop-column" },
        message: `${text}\nInstead: Use two releases.`,
      });
    });
  }

  test("a file that cannot be read, with and without a place", () => {
    const output = format(
      reportOf({
        unreadable: [
          { path: "/repo/a.sql", line: 2, message: "unknown directive" },
          { path: "/elsewhere/b.sql", message: "it does not exist" },
          { message: "1_a was changed" },
        ],
      }),
    );
    assert.deepEqual(
      readCommands(output).map(({ properties }) => properties),
      [
        { file: "a.sql", line: "2", title: "seaworthy: cannot be read" },
        { file: "/elsewhere/b.sql", title: "seaworthy: cannot be read" },
        { title: "seaworthy: refused" },
      ],
    );
  });

  test("control: nothing to say is nothing", () => assert.equal(format(reportOf()), ""));
});
