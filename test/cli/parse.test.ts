import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { flags } from "../../src/cli/command.ts";
import { helpText, parseCommand } from "../../src/cli/parse.ts";

describe("parseCommand", () => {
  for (const [argv, expected] of [
    [["nginx", "-g", "daemon off;"], { mode: "run", command: ["nginx", "-g", "daemon off;"] }],
    [["--config=a.yaml", "nginx"], { mode: "run", command: ["nginx"], configPath: "a.yaml" }],
    [["--upgrade"], { mode: "upgrade" }],
    [["--config", "a.yaml", "--upgrade"], { mode: "upgrade", configPath: "a.yaml" }],
    [["--upgrade", "--config", "a.yaml"], { mode: "upgrade", configPath: "a.yaml" }],
    [["--health", "--config", "a.yaml"], { mode: "health", configPath: "a.yaml" }],
    [["--status"], { mode: "status", json: false }],
    [["--status", "--json"], { mode: "status", json: true }],
    [["--json", "--status"], { mode: "status", json: true }],
    [["--version"], { mode: "print", text: "1.2.3" }],
  ] as const) {
    test(argv.join(" "), async () => {
      const command = await parseCommand(argv, "1.2.3");
      assert.deepEqual({ ...command, ...expected }, command);
    });
  }

  for (const [argv, message] of [
    [["--upgrad"], /^unknown flag --upgrad \(did you mean --upgrade\?\)\. Run seaworthy --help\.$/],
    [["--verbose-and-more"], /^unknown flag --verbose-and-more\. Run/],
    [["-u"], /^unknown flag -u/],
    [["--no-upgrade"], /^unknown flag --no-upgrade/],
    [["--upgrade", "--status"], /^--upgrade and --status cannot be used together/],
    [["--status", "nginx", "-g"], /^--status takes no command, received "nginx -g"/],
    [["--json"], /^--json needs --status or --plan\./],
    [["--config"], /config/],
  ] as const) {
    test(`${argv.join(" ")}: refused`, async () => {
      await assert.rejects(parseCommand(argv, "1.2.3"), { exitCode: 64, message });
    });
  }
});

test("the help describes every flag and lists every exit code of seaworthy", async () => {
  const help = await helpText();
  for (const { name, describe } of flags) {
    assert.ok(help.includes(`--${name}`), name);
    assert.ok(help.replaceAll(/\s+/g, " ").includes(describe.slice(0, 30)), name);
  }
  for (const code of [64, 69, 70, 75, 78, 126, 127, 143]) assert.match(help, new RegExp(`\\b${code}\\b`));
  for (const line of help.split("\n")) assert.ok(line.length <= 120, line);
});
