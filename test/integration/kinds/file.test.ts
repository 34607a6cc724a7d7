import { execFileSync } from "node:child_process";
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { startWatched } from "../../harness/health.ts";
import { assertLooks } from "../../harness/look.ts";
import { scratchPath } from "../../harness/scratch.ts";

const folder = scratchPath("files");
const file = (name: string, more: object = {}) => ({
  kind: "file",
  path: join(folder, name),
  requires: ">=2.1",
  ...more,
});

before(() => {
  mkdirSync(folder);
  const contents: Readonly<Record<string, string>> = {
    "settings.json": '\uFEFF{"revision": 20240102030405060708, "app": {"version": "2.3.0"}, "short": 2.10}',
    "settings.yaml":
      "revision: 20240102030405060708\nshort: 2.10\nday: 2024-01-15\nquoted: '2.3.0'\nlist: [{v: 3}]\nnothing: null\n",
    "app.env": "# made by the deployment\nexport VERSION='2.3.0' # now\nREVISION=0042\n",
    ".env.production": "VERSION=2.4.0\r\n",
    plain: "\n  v2.3.0-5-gabc1234\n",
    text: "name: shop\r\nversion: 2.3.0\r\n",
    empty: "",
    "broken.json": '{"version": ',
    "broken.yaml": "a: [1, 2",
    "binary.json": "\0\u0001\u0002",
    large: "2".repeat(1_048_577),
  };
  for (const [name, text] of Object.entries(contents)) writeFileSync(join(folder, name), text);
  mkdirSync(join(folder, "folder"));
  symlinkSync("plain", join(folder, "link"));
  symlinkSync("nowhere", join(folder, "dangling"));
  execFileSync("mkfifo", [join(folder, "pipe")]);
});

test("JSON, YAML, .env and plain text: the version keeps every digit as written", async () => {
  const exact = { verdict: "compatible", found: "20240102030405060708" };
  const big = { requires: ">=20240102030405060708", scheme: "integer" };
  await assertLooks({
    "json-integer": { settings: file("settings.json", { pointer: "/revision", ...big }), expected: exact },
    "json-text": {
      settings: file("settings.json", { pointer: "/app/version" }),
      expected: { verdict: "compatible", found: "2.3.0" },
    },
    "json-short": {
      settings: file("settings.json", { pointer: "/short", requires: ">=2.9" }),
      expected: { verdict: "compatible", found: "2.10" },
    },
    "json-map": {
      settings: file("settings.json", { pointer: "/app" }),
      expected: { verdict: "unreadable", reason: /neither text nor a number/ },
    },
    "yaml-integer": { settings: file("settings.yaml", { pointer: "/revision", ...big }), expected: exact },
    "yaml-short": {
      settings: file("settings.yaml", { pointer: "/short", requires: ">=2.9" }),
      expected: { verdict: "compatible", found: "2.10" },
    },
    "yaml-day": {
      settings: file("settings.yaml", { pointer: "/day", requires: ">=2024-01-15 <2024-02-01" }),
      expected: { verdict: "compatible", found: "2024-01-15" },
    },
    "yaml-quoted": {
      settings: file("settings.yaml", { pointer: "/quoted" }),
      expected: { verdict: "compatible", found: "2.3.0" },
    },
    "yaml-list": {
      settings: file("settings.yaml", { pointer: "/list/0/v" }),
      expected: { verdict: "compatible", found: "3" },
    },
    "yaml-null": { settings: file("settings.yaml", { pointer: "/nothing" }), expected: { verdict: "unreadable" } },
    "env-pointer": {
      settings: file("app.env", { pointer: "/VERSION" }),
      expected: { verdict: "compatible", found: "2.3.0" },
    },
    "env-pattern": {
      settings: file("app.env", { pattern: "^REVISION=(.*)$", requires: ">=43" }),
      expected: { verdict: "behind", found: "0042" },
    },
    "env-dotted": {
      settings: file(".env.production", { pointer: "/VERSION" }),
      expected: { verdict: "compatible", found: "2.4.0" },
    },
    plain: {
      settings: file("plain", { requires: ">2.3.0" }),
      expected: { verdict: "compatible", found: "v2.3.0-5-gabc1234" },
    },
    link: { settings: file("link"), expected: { verdict: "compatible" } },
    text: {
      settings: file("text", { pattern: "^version: (.*)$" }),
      expected: { verdict: "compatible", found: "2.3.0" },
    },
  });
});

test("the reason describes a path that is not a file with a version", async () => {
  await assertLooks({
    missing: { settings: file("missing"), expected: { verdict: "unreachable", reason: /does not exist\. Mount it/ } },
    dangling: { settings: file("dangling"), expected: { verdict: "unreachable", reason: /does not exist/ } },
    empty: { settings: file("empty"), expected: { verdict: "unreadable" } },
    "broken-json": {
      settings: file("broken.json", { pointer: "/version" }),
      expected: { verdict: "unreadable", reason: /cannot be parsed/ },
    },
    "broken-yaml": {
      settings: file("broken.yaml", { pointer: "/a" }),
      expected: { verdict: "unreadable", reason: /cannot be parsed/ },
    },
    binary: { settings: file("binary.json", { pointer: "/a" }), expected: { verdict: "unreadable" } },
    folder: { settings: file("folder"), expected: { verdict: "unreadable", reason: /is not a file/ } },
    pipe: { settings: file("pipe"), expected: { verdict: "unreadable", reason: /is not a file/ } },
    device: {
      settings: { ...file(""), path: "/dev/zero" },
      expected: { verdict: "unreadable", reason: /is not a file/ },
    },
    large: { settings: file("large"), expected: { verdict: "unreadable", reason: /at most 1048576 bytes/ } },
    "proc-says-0-bytes": {
      settings: { ...file(""), path: "/proc/sys/kernel/osrelease", pattern: String.raw`^\d+\.\d+` },
      expected: { verdict: "compatible" },
    },
  });
});

test("a replaced file is read again, and a missing one is a warning", async () => {
  const path = join(folder, "live");
  const replace = (text: string) => {
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  };
  replace("2.0");
  using app = startWatched({
    settings: { app: { name: "shop" }, dependencies: { live: file("live", { intervalMs: 100 }) } },
  });
  await app.untilVerdict("live", "behind");
  replace("2.1");
  await app.untilVerdict("live", "compatible");
  rmSync(path);
  const gone = await app.untilVerdict("live", "unreachable");
  // A deployment may remove the file before it writes the new one.
  if (gone.status !== "warn") throw new Error(JSON.stringify(gone));
});
