import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { flags, parseHotCommand, splitArguments } from "../../src/cli/command.ts";

describe("splitArguments", () => {
  for (const [argv, own, command] of [
    ["", "", ""],
    ["nginx", "", "nginx"],
    ["nginx -g --upgrade", "", "nginx -g --upgrade"],
    ["--upgrade", "--upgrade", ""],
    ["--status --json", "--status --json", ""],
    ["--config a.yaml nginx -g", "--config a.yaml", "nginx -g"],
    ["--config=a.yaml nginx", "--config=a.yaml", "nginx"],
    ["--config a.yaml -- -odd", "--config a.yaml", "-odd"],
    ["-- --upgrade", "", "--upgrade"],
    ["--upgrade nginx", "--upgrade", "nginx"],
    ["--config", "--config", ""],
  ] as const) {
    test(argv || "no argument", () => {
      const words = (text: string) => text.split(" ").filter((word) => word !== "");
      assert.deepEqual(splitArguments(words(argv)), { own: words(own), command: words(command) });
    });
  }
});

describe("parseHotCommand", () => {
  for (const [argv, expected] of [
    [["nginx", "-g"], { mode: "run", command: ["nginx", "-g"] }],
    [[], { mode: "run", command: [] }],
    [["--health"], { mode: "health" }],
    [["--config", "a.yaml", "nginx"], { mode: "run", command: ["nginx"], configPath: "a.yaml" }],
    [["--upgrade"], { mode: "upgrade", acceptDrift: [], drainTimeoutSeconds: 0 }],
    [["--upgrade", "--accept-drift", "1_a"], undefined],
    [["--upgrade", "nginx"], undefined],
    [["--plan"], undefined],
    [["--health", "nginx"], undefined],
    [["--config=a.yaml", "nginx"], undefined],
    [["--unknown"], undefined],
  ] as const) {
    test(argv.join(" ") || "no argument", () => assert.deepEqual(parseHotCommand(argv), expected));
  }
});

test("no flag has a short form or a duplicate", () => {
  const names = flags.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  for (const name of names) assert.match(name, /^[a-z]{2,}(-[a-z]+)*$/);
});
