import assert from "node:assert/strict";
import { copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { execa } from "execa";
import { buildBundle } from "../../docker/build/bundle.ts";
import { buildExecutable } from "../../docker/build/executable.ts";
import {
  installedDirectory,
  licencesName,
  laterName,
  parserName,
  programName,
  root,
} from "../../docker/build/paths.ts";
import { withoutRoot } from "../harness/program.ts";

/** Of util-linux; not a program of a package. */
const unshare = "unshare";

/** Tests the linter in the built files, without node_modules. */
let folder: string;
let bundle: string;

before(async () => {
  await mkdir(join(root, "dist"), { recursive: true });
  folder = await mkdtemp(join(root, "dist/lint-"));
  const entry = join(folder, "entry.ts");
  const code = `
    const { lintMigration } = await import("../../src/lint/lint.ts");
    console.log((await lintMigration("SELECT 1;\\n  DROP TABLE a")).map(({ line, column, rule }) => \`\${line}:\${column} \${rule}\`).join());
  `;
  await writeFile(entry, `const run = async () => {${code}}; run().catch((error) => console.log(error.message));`);
  bundle = await buildBundle({ entry, outFile: join(folder, "bundle/seaworthy.cjs") });
});
after(() => rm(folder, { recursive: true }));

const expected = { stdout: "2:3 drop-table", stderr: "", exitCode: 0 };

test("the bundle lints with the parser file beside it", async () => {
  const { stdout, stderr, exitCode } = await execa(process.execPath, [bundle], { cwd: "/" });
  assert.deepEqual({ stdout, stderr, exitCode }, expected);
  // The bundle itself has no second copy of the parser.
  assert.equal((await stat(bundle)).size < 500_000, true);
  const licences = await readFile(join(folder, "bundle", licencesName), "utf8");
  assert.match(licences, /^libpg-query \d[^]*PostgreSQL Global Development Group/m);
});

test("a bundle without its parser file names that file", async () => {
  const alone = join(folder, "alone.cjs");
  await writeFile(alone, await readFile(bundle));
  await copyFile(join(folder, "bundle", laterName), join(folder, laterName));
  const { stdout, stderr } = await execa(process.execPath, [alone]);
  assert.match(stdout, /^cannot check the migrations: the SQL parser, libpg-query\.wasm, cannot be loaded\. /);
  assert.equal(stderr, "");
});

describe("the self-contained program", { skip: withoutRoot }, () => {
  test("lints with the parser file in its folder", async () => {
    const directory = await buildExecutable({ bundle, directory: join(folder, "program") });
    assert.equal((await stat(join(directory, parserName))).size > 1_000_000, true);
    // Mount it at its installed path, for this process only.
    const script = 'mount -t tmpfs tmpfs /opt && mkdir "$1" && mount --bind "$0" "$1" && exec "$1/$2"';
    const inNamespace = ["--mount", "sh", "-c", script, directory, installedDirectory, programName];
    const { stdout, stderr, exitCode } = await execa(unshare, inNamespace, { cwd: "/", reject: false });
    assert.deepEqual({ stdout, stderr, exitCode }, expected);
  });
});
