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
    [["--plan", "--json"], { mode: "plan", format: "json", strict: false }],
    [["--plan", "--format", "sarif"], { mode: "plan", format: "sarif" }],
    [["--lint"], { mode: "lint", files: [], format: "text", together: false }],
    [["--lint", "--format=github", "a.sql", "b"], { mode: "lint", files: ["a.sql", "b"], format: "github" }],
    [["--lint", "--engine", "mysql", "a.sql"], { mode: "lint", files: ["a.sql"], engine: "mysql" }],
    [["--lint", "--engine", "mariadb"], { mode: "lint", engine: "mysql" }],
    [["--lint", "--json", "--format", "json", "--together"], { mode: "lint", format: "json", together: true }],
    [["--lint", "--", "-a.sql"], { mode: "lint", files: ["-a.sql"] }],
    [["--check-config"], { mode: "check config", json: false }],
    [["--check-config", "--json", "--config", "a.yaml"], { mode: "check config", json: true, configPath: "a.yaml" }],
    [["--version"], { mode: "print", text: "1.2.3" }],
  ] as const) {
    test(argv.join(" "), async () => {
      const command = await parseCommand(argv, "1.2.3");
      assert.deepEqual({ ...command, ...expected }, command);
    });
  }

  test("-h is --help", async () =>
    assert.deepEqual(await parseCommand(["-h"], "1"), await parseCommand(["--help"], "1")));

  for (const [argv, message] of [
    [["--upgrad"], /^unknown flag --upgrad \(did you mean --upgrade\?\)\. Run seaworthy --help\.$/],
    [["--verbose-and-more"], /^unknown flag --verbose-and-more\. Run/],
    [["-u"], /^unknown flag -u/],
    [["--no-upgrade"], /^unknown flag --no-upgrade/],
    [["--upgrade", "--status"], /^--upgrade and --status cannot be used together/],
    [["--status", "nginx", "-g"], /^--status takes no command, received "nginx -g"/],
    [["--lint", "a.sql", "--json"], /^--json comes after a file: write flags first/],
    [["--lint", ""], /^--lint: expected files or folders, received an empty name/],
    [["--lint", "--format", "xml"], /^--format: expected one of text, json, github, sarif, markdown, received "xml"/],
    [["--lint", "--json", "--format", "text"], /^--json and --format text cannot be used together/],
    [["--lint", "--engine", "oracle"], /^--engine: expected one of postgres, mysql, sqlite, received "oracle"/],
    [["--plan", "--engine", "mysql"], /^--engine needs --lint/],
    [["--plan", "--together"], /^--together needs --lint/],
    [["--status", "--format", "json"], /^--format needs --lint or --plan/],
    [["--json"], /^--json needs --status or --plan or --lint or --check-config\./],
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
