import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { load } from "js-yaml";
import type { TestDatabase } from "../harness/database.ts";
import type { Image } from "../harness/image.ts";
import { openSuite } from "../harness/leaks.ts";
import { runProgram } from "../harness/program.ts";
import { fileAt } from "./files.ts";

const opened = openSuite();
after(opened.end);

const migrations = { "migrations/0001_products.sql": "CREATE TABLE products (id bigint PRIMARY KEY);\n" };

/** Writes the secrets like an orchestrator: as files that end with a newline. */
async function mount(files: Readonly<Record<string, string>>) {
  const database = await opened.database();
  // A role that may read but not change the schema.
  const reader = `reader_${new URL(database.url).pathname.slice(1)}`;
  await database.query(`CREATE ROLE ${reader} LOGIN PASSWORD 'reader'; REVOKE CREATE ON SCHEMA public FROM PUBLIC`);
  const image = opened.image({
    ...migrations,
    "secrets/app": `${database.urlWith({ user: reader, password: "reader" })}\n`,
    "secrets/upgrade": `${database.url}\n`,
    ...files,
  });
  return { database, image, reader };
}

suite("secrets as files, one of them only for the upgrade", () => {
  const cases = [
    // The examples for Helm and Nomad have no configuration file.
    { title: "SEAWORTHY_UPGRADE_URL_FILE", variable: "SEAWORTHY_UPGRADE_URL_FILE", files: {} },
    {
      title: "the ConfigMap of the Kubernetes example",
      variable: "UPGRADE_DATABASE_URL_FILE",
      files: { "seaworthy.yaml": configMap() },
    },
  ];
  for (const { title, variable, files } of cases) {
    suite(title, () => {
      let database: TestDatabase;
      let image: Image;
      let reader: string;
      before(async () => void ({ database, image, reader } = await mount(files)));
      after(async () => void (await database.query(`DROP OWNED BY ${reader}; DROP ROLE ${reader}`)));

      const run = (argv: readonly string[], environment: Readonly<Record<string, string>>) =>
        runProgram(argv, {
          workingDirectory: image.folder,
          environment: { APP_VERSION: "1.0.0", DATABASE_URL_FILE: join(image.folder, "secrets/app"), ...environment },
        });

      test("the app's role alone cannot upgrade", async () => {
        const { code, stderr } = await run(["--upgrade"], { [variable]: join(image.folder, "secrets/app") });
        assert.equal(code, 1, stderr);
        assert.match(stderr, /permission denied|SQLSTATE 42501/);
      });

      test("the upgrade's role can, and the app's role sees the result", async () => {
        assert.equal((await run(["--status"], {})).code, 1);
        const { code, stderr } = await run(["--upgrade"], { [variable]: join(image.folder, "secrets/upgrade") });
        assert.equal(code, 0, stderr);
        assert.equal((await run(["--status"], {})).code, 0);
      });

      test("the app does not get the path of the upgrade's secret", async () => {
        const { code, stdout } = await run(["sh", "-c", "env"], { [variable]: join(image.folder, "secrets/upgrade") });
        assert.equal(code, 0);
        assert.match(stdout, /^DATABASE_URL_FILE=/m);
        assert.ok(!stdout.includes(variable), stdout);
      });
    });
  }
});

function configMap(): string {
  const { data } = load(fileAt("kubernetes/configmap.yaml").text) as {
    readonly data: Readonly<Record<string, string>>;
  };
  return (data["seaworthy.yaml"] ?? "").replace("/app/migrations", "./migrations");
}
