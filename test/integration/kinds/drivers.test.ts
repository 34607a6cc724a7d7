import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { scratchPath } from "../../harness/scratch.ts";

const main = join(import.meta.dirname, "../../../entrypoint/main.ts");

/** The packages that `--status` loads, run from the source. */
function packagesFor(dependency: object): ReadonlySet<string> {
  const [settings, hooks, log] = ["settings.json", "hooks.mjs", "log"].map(scratchPath) as [string, string, string];
  writeFileSync(settings, JSON.stringify({ app: { name: "shop" }, dependencies: { one: dependency } }));
  writeFileSync(
    hooks,
    `import { appendFileSync } from "node:fs"; import { registerHooks } from "node:module";
registerHooks({ load(url, context, next) { appendFileSync(${JSON.stringify(log)}, url + "\\n"); return next(url, context); } });`,
  );
  const flags = ["--disable-warning=ExperimentalWarning", "--import", hooks, main, "--config", settings, "--status"];
  const { stdout, stderr } = spawnSync(process.execPath, flags, { encoding: "utf8" });
  assert.match(stdout, /^DEPENDENCY/, stderr);
  const loaded = readFileSync(log, "utf8").matchAll(/\/node_modules\/((?:@[^/]+\/)?[^/]+)\//g);
  return new Set(Array.from(loaded, ([, name = ""]) => name));
}

const drivers = ["pg", "mysql2", "js-yaml", "semver", "dotenv"];
const driversFor = (dependency: object) => {
  const loaded = packagesFor(dependency);
  return drivers.filter((name) => loaded.has(name));
};

test("a driver is loaded only if a dependency needs it", () => {
  const requires = ">=1";
  assert.deepEqual(driversFor({ kind: "file", path: "/etc/hostname", requires }), []);
  assert.deepEqual(driversFor({ kind: "file", path: "/etc/hostname", requires: "^1.0.0" }), ["semver"]);
  assert.deepEqual(driversFor({ kind: "server", url: "redis://127.0.0.1:1", requires }), []);
  assert.deepEqual(driversFor({ kind: "server", url: "postgres://a:b@127.0.0.1:1/c", requires }), ["pg"]);
  assert.deepEqual(driversFor({ kind: "server", url: "mysql://a:b@127.0.0.1:1/c", requires }), ["mysql2"]);
  assert.deepEqual(driversFor({ kind: "tcp", address: "127.0.0.1:1" }), []);
  assert.deepEqual(driversFor({ kind: "http", url: "http://127.0.0.1:1/", requires }), []);
});
