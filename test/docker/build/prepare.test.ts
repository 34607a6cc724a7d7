import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, readlinkSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { scratchPath } from "../../harness/scratch.ts";

const { scripts } = JSON.parse(readFileSync(join(import.meta.dirname, "../../../package.json"), "utf8")) as {
  readonly scripts: { readonly prepare: string };
};

/** What npm leaves: the package for this machine, and no link to its program. */
function installed(name: string): string {
  const folder = scratchPath(name);
  const program = join(folder, `node_modules/node-linux-${process.arch}/bin/node`);
  mkdirSync(join(program, ".."), { recursive: true });
  mkdirSync(join(folder, "node_modules/.bin"));
  writeFileSync(program, "");
  return folder;
}

const linkIn = (folder: string) => join(folder, "node_modules/.bin/node");
const prepare = (folder: string) => execFileSync("sh", ["-c", scripts.prepare], { cwd: folder });

// npm 10 removes the link together with the optional package of the other architecture, which has the same program.
test("after an install, npm's scripts find Node 26, also where npm 10 does not link it", () => {
  const folder = installed("npm-10");
  prepare(folder);
  assert.equal(realpathSync(linkIn(folder)), join(folder, `node_modules/node-linux-${process.arch}/bin/node`));
});

test("control: a link that npm has made stays", () => {
  const folder = installed("npm-11");
  symlinkSync("/bin/sh", linkIn(folder));
  prepare(folder);
  assert.equal(readlinkSync(linkIn(folder)), "/bin/sh");
});
