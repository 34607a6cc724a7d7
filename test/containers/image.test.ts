import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { ensureNode } from "../harness/engine/bases.ts";
import { docker, dockerProgram, runOnHost, withoutEngine } from "../harness/engine/docker.ts";
import { openEngine, type BuildOptions, type Engine } from "../harness/engine/engine.ts";

const root = join(import.meta.dirname, "../..");
const dockerfile = join(root, "docker/Dockerfile");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
/** Files that the engine adds to every container. */
const engines = /^(\.dockerenv|dev\/|etc\/|proc\/|sys\/)/;

suite("the image that holds /opt/seaworthy", { skip: withoutEngine }, () => {
  let engine: Engine;
  const build = (name: string, options: BuildOptions = {}) => engine.build(name, root, { dockerfile, ...options });

  before(async () => {
    await ensureNode();
    engine = await openEngine();
  });
  after(() => engine.end());

  test("is the same whenever it is built from the same source", async () => {
    const [once, again] = [await build("once"), await build("again", { cache: false })];
    assert.deepEqual(await layersOf(again), await layersOf(once));
    assert.deepEqual(await timesIn(engine, again), ["1970-01-01 00:00:00"]);
    const prebuilt = await build("prebuilt", { target: "prebuilt" });
    assert.notDeepEqual(
      await timesIn(engine, prebuilt),
      ["1970-01-01 00:00:00"],
      "the test cannot detect different times",
    );
  });

  test("cannot be built from a program of another architecture", async () => {
    const other = process.arch === "x64" ? "arm64" : "amd64";
    const building = build("other", { target: "prebuilt", platform: `linux/${other}` });
    await assert.rejects(building, /lib\/ld-linux-.*not found/);
    const own = await build("own", { target: "prebuilt", platform: `linux/${other === "arm64" ? "amd64" : "arm64"}` });
    assert.equal((await engine.run(own, [], ["/opt/seaworthy/seaworthy", "--version"])).code, 0);
  });

  for (const target of ["prebuilt", undefined]) {
    test(`runs by itself, contains nothing else, and has its labels: ${target ?? "from the source"}`, async () => {
      const image = await build("image", { ...(target !== undefined && { target }), arguments: { REVISION: "abc" } });
      const { code, stdout } = await engine.run(image, [], ["/opt/seaworthy/seaworthy", "--version"]);
      assert.deepEqual({ code, stdout: stdout.trim() }, { code: 0, stdout: version });
      const others = (await pathsIn(engine, image)).filter((path) => !path.startsWith("opt/"));
      assert.deepEqual(others, []);
      const labels = JSON.parse(await docker(["inspect", "--format={{json .Config.Labels}}", image])) as object;
      assert.partialDeepStrictEqual(labels, {
        "org.opencontainers.image.title": "seaworthy",
        "org.opencontainers.image.version": version,
        "org.opencontainers.image.revision": "abc",
        "org.opencontainers.image.licenses": "MIT",
      });
    });
  }
});

async function layersOf(image: string): Promise<unknown> {
  return JSON.parse(await docker(["inspect", "--format={{json .RootFS.Layers}}", image]));
}

async function pathsIn(engine: Engine, image: string): Promise<readonly string[]> {
  const listed = await list(engine, image, "-t");
  return listed.split("\n").filter((path) => !engines.test(path));
}

/** The distinct times of the image's files. */
async function timesIn(engine: Engine, image: string): Promise<readonly string[]> {
  const listed = await list(engine, image, "-tv --utc --full-time --wildcards 'opt/seaworthy/*'");
  return [...new Set(listed.split("\n").map((line) => line.split(/ +/).slice(3, 5).join(" ")))];
}

async function list(engine: Engine, image: string, flags: string): Promise<string> {
  const id = await docker(["create", "--label", engine.label, image, "/opt/seaworthy/seaworthy"]);
  return runOnHost(["sh", "-c", `"$0" export "$1" | tar ${flags}`, dockerProgram, id]);
}
