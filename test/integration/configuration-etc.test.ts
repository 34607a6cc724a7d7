import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import type { ImageFiles } from "../harness/image.ts";
import { openSuite } from "../harness/leaks.ts";
import { withoutRoot } from "../harness/program.ts";

const suite = openSuite();
after(() => suite.end());

const bundle = join(import.meta.dirname, "../../dist/seaworthy.cjs");
/** Sets up a private /etc. It disappears with its mount namespace. */
const script = 'mount -t tmpfs tmpfs /etc && cp -r "$1" /etc/seaworthy && shift && exec "$@"';

/** Returns the output of `run:`, with these files in /etc/seaworthy and in the working directory. */
function run(inEtc: ImageFiles, inWorkingDirectory: ImageFiles = {}): string {
  const etc = suite.image({ README: "", ...inEtc }).folder;
  const cwd = suite.image({ README: "", ...inWorkingDirectory }).folder;
  const env = {
    PATH: process.env["PATH"] ?? "",
    SEAWORTHY_HEALTH_LISTEN: "127.0.0.1:0",
    SEAWORTHY_LOG_FORMAT: "human",
  };
  const command = ["unshare", "--mount", "sh", "-c", script, "sh", etc, process.execPath, bundle];
  const { stdout, stderr } = spawnSync(command[0] ?? "", command.slice(1), { cwd, env, encoding: "utf8" });
  return `${stdout}${stderr}`;
}

const yaml = (word: string) => `run: [echo, ${word}]\n`;
const json = (word: string) => JSON.stringify({ run: ["echo", word] });

describe("the configuration in /etc/seaworthy", { skip: withoutRoot, concurrency: 3 }, () => {
  for (const [title, inEtc, inWorkingDirectory, expected] of [
    ["is read", { "seaworthy.yaml": yaml("etc") }, {}, /^etc\n/],
    ["may be .yml", { "seaworthy.yml": yaml("yml") }, {}, /^yml\n/],
    ["may be JSON", { "seaworthy.json": json("json") }, {}, /^json\n/],
    ["is the first of the three", { "seaworthy.yaml": yaml("yaml"), "seaworthy.yml": yaml("yml") }, {}, /^yaml\n/],
    [
      "comes after any in the working directory",
      { "seaworthy.yaml": yaml("etc") },
      { "seaworthy.json": json("here") },
      /^here\n/,
    ],
    [
      "that is hidden by one in the working directory gives a warning",
      { "seaworthy.yml": yaml("etc") },
      { "seaworthy.yaml": yaml("here") },
      /warning: \/.*\/seaworthy\.yaml is read, and \/etc\/seaworthy\/seaworthy\.yml is not\. Set SEAWORTHY_CONFIG /,
    ],
    ["is named where it is wrong", { "seaworthy.yaml": "runs: []" }, {}, /\/etc\/seaworthy\/seaworthy\.yaml: .*runs/],
    ["control: without one there is nothing to run", {}, {}, /there is nothing to run/],
  ] as const) {
    test(title, () => assert.match(run(inEtc, inWorkingDirectory), expected));
  }
});
