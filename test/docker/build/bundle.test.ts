import assert from "node:assert/strict";
import { copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { execa } from "execa";
import { buildBundle } from "../../../docker/build/bundle.ts";
import { makeChunks } from "../../../docker/build/chunks.ts";
import { bundleFile, entryFile, laterName, root } from "../../../docker/build/paths.ts";
import { runProgram } from "../../harness/program.ts";
import type { Recording } from "./record-modules.ts";

describe("the bundle", () => {
  test("prints the version of package.json", async () => {
    const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { readonly version: string };
    const { code, stdout, stderr } = await runProgram(["--version"]);
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: `${version}\n`, stderr: "" });
  });

  test("is executable, and contains no path of the build machine", async () => {
    const { stdout } = await execa(bundleFile, ["--version"]);
    assert.match(stdout, /^\d+\.\d+\.\d+/);
    assert.equal((await readFile(bundleFile, "utf8")).includes(root), false);
  });

  test("comes with the licences of exactly the packages inside", async () => {
    const licences = await readFile(join(root, "dist/THIRD-PARTY-LICENSES.txt"), "utf8");
    for (const name of ["pg", "umzug", "yargs", "execa", "js-yaml"])
      assert.match(licences, new RegExp(`^${name} \\d`, "m"));
    assert.doesNotMatch(licences, /^(typescript|esbuild|ajv) \d/m);
  });
});

describe("a bundle without its second file", () => {
  let folder: string;
  const status = async () => {
    const { exitCode, stderr } = await execa(process.execPath, [join(folder, "seaworthy.cjs"), "--status"], {
      env: { SEAWORTHY_LOG_FORMAT: "human" },
      reject: false,
    });
    return { exitCode, stderr };
  };
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "seaworthy-alone-"));
    await copyFile(bundleFile, join(folder, "seaworthy.cjs"));
  });
  after(() => rm(folder, { recursive: true }));

  test("reports which file is missing, and where it must be", async () => {
    const { exitCode, stderr } = await status();
    assert.equal(exitCode, 78);
    assert.match(
      stderr,
      /cannot read .*\/seaworthy-later\.js, which must be next to .*\/seaworthy\.cjs\. Copy it there/,
    );
  });

  test("reports a file from another build", async () => {
    const { size } = await stat(join(dirname(bundleFile), laterName));
    await writeFile(join(folder, laterName), "x".repeat(size));
    const { exitCode, stderr } = await status();
    assert.equal(exitCode, 78);
    assert.match(stderr, /seaworthy-later\.js is not of the same build as .*\. Copy both from one build\./);
  });

  test("control: with the file, there is no error", async () => {
    await copyFile(join(dirname(bundleFile), laterName), join(folder, laterName));
    assert.deepEqual(await status(), { exitCode: 0, stderr: "" });
  });
});

/** Packages that run mode does not need: the parser, the hooks' runner, the driver, the migration runner. */
const packages = ["yargs", "execa", "pg", "umzug"];
const builtins = ["http", "_http_server"];

describe("code that is loaded before the app starts", () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "seaworthy-loading-"));
    await mkdir(join(folder, "migrations"));
    await writeFile(join(folder, "migrations/0001_products.sql"), "CREATE TABLE product (id bigint);");
    const dependencies = Object.fromEntries(
      ["one", "two"].map((name) => [
        name,
        { kind: "schema", url: "postgres://a@127.0.0.1:1/a", table: `${name}.done` },
      ]),
    );
    const release = { kind: "release", url: "postgres://a@127.0.0.1:1/a", requires: ">=1" };
    await writeFile(join(folder, "seaworthy.yaml"), JSON.stringify({ dependencies: { ...dependencies, release } }));
  });
  after(() => rm(folder, { recursive: true }));

  test("has neither the packages nor the HTTP server that only other modes need", async () => {
    const { files, builtins: loaded } = await recordAtSpawn(bundleFile, folder);
    const { later } = await makeChunks(entryFile);
    for (const name of packages) {
      const all = later.flatMap(({ inputs }) => inputs);
      assert.notDeepEqual(ofPackage(all, name), [], `${name} is not in the chunks that are loaded later`);
      assert.deepEqual(ofPackage(files, name), [], `${name} was loaded`);
    }
    assert.deepEqual(
      builtins.filter((name) => loaded.includes(name)),
      [],
    );
    assert.equal(files.includes("entrypoint/modes/run.ts"), true);
  });

  test("has no chunk of the second file", async () => {
    const { chunks } = await recordAtSpawn(bundleFile, folder);
    const { later } = await makeChunks(entryFile);
    const loaded = later.filter(({ name }) => chunks.includes(name)).flatMap(({ inputs }) => inputs);
    // Except the chunk that makes a process other than PID 1 a subreaper.
    assert.deepEqual(
      loaded.filter((file) => !file.startsWith("src/platform/")),
      [],
    );
  });

  test("control: a program that imports them at its start is detected", async () => {
    const work = await mkdtemp(join(root, "dist/eager-"));
    try {
      const entry = join(work, "eager.ts");
      const imports = [...packages, "node:http"].map((name, index) => `import * as m${index} from "${name}";`);
      const use = `Object.assign(globalThis, { eager: [${imports.map((_, index) => `m${index}`).join(", ")}] });`;
      await writeFile(entry, [...imports, use, 'void import("../../entrypoint/main.ts");'].join("\n"));
      const bundle = await buildBundle({ entry, outFile: join(work, "seaworthy.cjs") });
      const { files, builtins: loaded } = await recordAtSpawn(bundle, folder, entry);
      for (const name of packages) assert.notDeepEqual(ofPackage(files, name), [], name);
      assert.deepEqual(
        builtins.filter((name) => loaded.includes(name)),
        ["http", "_http_server"],
      );
    } finally {
      await rm(work, { recursive: true });
    }
  });
});

function ofPackage(files: readonly string[], name: string): readonly string[] {
  return files.filter((file) => file.startsWith(`node_modules/${name}/`));
}

/** Runs `true` under this bundle. Returns the chunks that were loaded when it was spawned, and their source files. */
async function recordAtSpawn(
  bundle: string,
  folder: string,
  entry = entryFile,
): Promise<Recording & { readonly files: readonly string[] }> {
  const file = join(folder, "record.json");
  const recorder = join(import.meta.dirname, "record-modules.ts");
  const { exitCode, stderr } = await execa(process.execPath, ["--import", recorder, bundle, "true"], {
    cwd: folder,
    env: { RECORD_MODULES: file, SEAWORTHY_HEALTH_LISTEN: "127.0.0.1:0" },
    reject: false,
  });
  assert.equal(exitCode, 0, stderr);
  const recording = JSON.parse(await readFile(file, "utf8")) as Recording;
  const { hot, later } = await makeChunks(entry);
  const files = [...hot, ...later]
    .filter(({ name }) => recording.chunks.includes(name))
    .flatMap(({ inputs }) => inputs);
  return { ...recording, files };
}
