import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { assertCode, run, start } from "../../fixtures/upgrade/shop.ts";
import { endpointOf } from "../../harness/endpoint.ts";
import { ask, askHealth } from "../../harness/health.ts";
import { configuration, type ImageFiles } from "../../harness/image.ts";
import { openSuite } from "../../harness/leaks.ts";
import { waitFor } from "../../harness/wait.ts";

const suite = openSuite();
after(() => suite.end());

const migrations = { "migrations/1_a.sql": "CREATE TABLE a ();" };
const url = "postgres://shop:story-secret@127.0.0.1:1/shop";

interface Case {
  readonly title: string;
  readonly files: ImageFiles;
  readonly environment: Readonly<Record<string, string>>;
  readonly says: RegExp;
}

const cases: readonly Case[] = [
  {
    title: "an empty DATABASE_URL",
    files: migrations,
    environment: { DATABASE_URL: "" },
    says: /DATABASE_URL is empty/,
  },
  {
    title: "no folder in the working directory",
    files: {},
    environment: { DATABASE_URL: url },
    says: /there is no folder \/tmp\/.*\/migrations\./,
  },
  { title: "only PG* variables", files: migrations, environment: { PGHOST: "db" }, says: /PGHOST is set/ },
  {
    title: "a file with `dependencies: {}`",
    files: { ...migrations, ...configuration({ dependencies: {} }) },
    environment: { DATABASE_URL: url },
    says: /seaworthy\.yaml has no `dependencies:`/,
  },
];

describe("a container with nothing to check reports the missing half", { concurrency: 2 }, () => {
  for (const { title, files, environment, says } of cases) {
    test(`${title}: once in the log, in --status, on the page and in /health, which passes`, async () => {
      const image = suite.image(files);
      const status = await run(image, ["--status"], { environment });
      assertCode(status, 0);
      assert.match(status.stdout, says);
      const json = await run(image, ["--status", "--json"], { environment });
      const { warnings, compatible } = JSON.parse(json.stdout) as { warnings: string[]; compatible: boolean };
      assert.equal(compatible, true);
      assert.match(warnings.join(""), says);

      const program = start(image, ["sleep", "600"], { environment });
      const base = await endpointOf(program);
      const notes = await waitFor("the note", async () => {
        const { status: code, body } = await askHealth(base);
        assert.deepEqual([code, body.status, body.output], [200, "pass", undefined]);
        return (body as { notes?: readonly string[] }).notes;
      });
      assert.match(notes.join(""), says);
      const page = await ask(base, "/");
      assert.match(page.text, /<p class="warn">no dependency is checked/);
      assert.equal(((await askHealth(base, "/livez")).body as { notes?: unknown }).notes, undefined);
      await program.signal("SIGTERM");
      const { stderr } = await program.ended;
      assert.equal(stderr.match(/warning: no dependency is checked/g)?.length, 1, stderr);
      assert.match(stderr, says);
      assert.doesNotMatch(stderr + JSON.stringify(notes) + page.text + json.stdout, /story-secret/);

      // The upgrade reports it again if it had something to do.
      const upgrade = await run(image, ["--upgrade"], { environment });
      assertCode(upgrade, 78);
      assert.match(upgrade.stderr, says);
      assert.match((await run(image, ["--wait"], { environment })).stderr, says);
    });
  }

  test("control: with neither half, or with requireDependencies: false, there is no note", async () => {
    for (const [files, environment] of [
      [{}, {}],
      [migrations, { DATABASE_URL: "", SEAWORTHY_REQUIRE_DEPENDENCIES: "false" }],
    ] as const) {
      const image = suite.image(files);
      const status = await run(image, ["--status"], { environment });
      assert.deepEqual(
        [status.stdout, status.stderr],
        ["no dependencies are configured: nothing can be incompatible\n", ""],
      );
      const program = start(image, ["sleep", "600"], { environment });
      const { body } = await askHealth(await endpointOf(program));
      assert.equal((body as { notes?: unknown }).notes, undefined);
      await program.signal("SIGTERM");
      assert.doesNotMatch((await program.ended).stderr, /warning/);
    }
  });

  test("clients without details get no note", async () => {
    const image = suite.image(migrations);
    const environment = { DATABASE_URL: "", SEAWORTHY_HEALTH_DETAILS: "never" };
    const program = start(image, ["sleep", "600"], { environment });
    const base = await endpointOf(program);
    await program.waitForOutput("no dependency is checked");
    assert.doesNotMatch((await askHealth(base)).text + (await ask(base, "/")).text, /no dependency is checked/);
    await program.signal("SIGTERM");
    await program.ended;
  });
});

describe("requireDependencies: true", () => {
  for (const [title, environment, files] of [
    ["from the environment", { SEAWORTHY_REQUIRE_DEPENDENCIES: "true", DATABASE_URL: "" }, migrations],
    ["from the file", {}, configuration({ requireDependencies: true })],
  ] as const) {
    test(`${title}: 78 in every mode, and nothing starts`, async () => {
      const image = suite.image(files);
      for (const argv of [["echo", "started"], ["--status"], ["--upgrade"], ["--wait"], ["--plan"]]) {
        const ended = await run(image, argv, { environment });
        assertCode(ended, 78);
        assert.match(ended.stderr, /requireDependencies is true, but there is no dependency/, argv.join(" "));
        assert.doesNotMatch(ended.stdout, /started/);
      }
    });
  }

  test("control: with a dependency the app starts", async () => {
    const image = suite.image({
      ...configuration({
        requireDependencies: true,
        dependencies: { one: { kind: "file", path: "/proc/sys/kernel/pid_max", requires: ">=1" } },
      }),
    });
    const { code, stdout } = await run(image, ["echo", "started"]);
    assert.deepEqual([code, stdout], [0, "started\n"]);
  });
});
