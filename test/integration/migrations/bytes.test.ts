import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, describe, test } from "node:test";
import { openSuite } from "../../harness/leaks.ts";
import { run, shopFiles, upgrade } from "../../fixtures/upgrade/shop.ts";
import { appliedIn, tablesOf } from "../upgrade/upgrading.ts";

const suite = openSuite();
after(() => suite.end());

const first = { "1_first.sql": "CREATE TABLE seen (value text);" };
const latin1 = (text: string) => Buffer.from(text, "latin1");

describe(
  "a migration that is not UTF-8 is refused with file, line and byte before anything runs",
  { concurrency: 3 },
  () => {
    const files: Readonly<Record<string, readonly [name: string, content: Buffer, message: RegExp]>> = {
      "Latin-1": [
        "2_b.sql",
        latin1("SELECT 1;\nINSERT INTO seen VALUES ('café');"),
        /2_b\.sql:2:30: this byte is not UTF-8/,
      ],
      "Latin-1 in a comment": ["2_b.sql", latin1("-- é\nSELECT 1;"), /2_b\.sql:1:4: this byte/],
      "Latin-1 in JavaScript": ["2_b.mjs", latin1("// é\nexport const up = () => {};"), /2_b\.mjs:1:4: this byte/],
      "Latin-1 in another layout": ["2_b/migration.sql", latin1("SELECT 'é'"), /migration\.sql:1:9: this byte/],
      "in a file with an up and a down part": [
        "2_b.sql",
        latin1("-- migrate:up\nSELECT 1;\n-- migrate:down\n-- é"),
        /2_b\.sql:4:4: this byte/,
      ],
      NUL: ["2_b.sql", Buffer.from("SELECT 1;\nSELECT '\0';"), /2_b\.sql:2:9: this byte is NUL/],
      "UTF-16": [
        "2_b.sql",
        Buffer.from("\uFEFFSELECT 1;", "utf16le"),
        /2_b\.sql:1:1: the file is UTF-16 \(little-endian\)/,
      ],
    };
    for (const [title, [name, content, message]] of Object.entries(files)) {
      test(title, async () => {
        const database = await suite.database();
        const image = suite.image(shopFiles({ url: database.url, migrations: { ...first, [name]: content } }));
        for (const flag of ["--plan", "--upgrade"]) {
          const { code, stderr } = await run(image, [flag]);
          assert.equal(code, 78, stderr);
          assert.match(stderr, message);
          assert.doesNotMatch(stderr, /cannot reach|lost the database/);
        }
        assert.deepEqual(await tablesOf(database), []);
      });
    }

    test("control: UTF-8 with a byte order mark, or with an intended U+FFFD", async () => {
      const database = await suite.database();
      const migrations = { ...first, "2_b.sql": "\uFEFFINSERT INTO seen VALUES ('caf\u00E9 \uFFFD');" };
      await upgrade(suite.image(shopFiles({ url: database.url, migrations })));
      assert.deepEqual(await database.query("SELECT value FROM seen"), [{ value: "café \uFFFD" }]);
    });

    test("control: such a file is no problem if it is already applied or adopted", async () => {
      const database = await suite.database();
      const migrations = { ...first, "2_b.sql": latin1("-- é\nCOMMIT;") };
      const image = suite.image(shopFiles({ url: database.url, migrations }));
      assert.equal((await run(image, ["--baseline", "2_b"])).code, 0);
      image.write("migrations/3_c.sql", "CREATE TABLE c ();");
      await upgrade(image);
      assert.deepEqual(await appliedIn(database), ["1_first", "2_b", "3_c"]);
    });
  },
);

test("configuration and secrets that are not UTF-8 are refused, and no secret is printed", async () => {
  const database = await suite.database();
  const image = suite.image(shopFiles({ url: database.url, migrations: first }));
  image.write("seaworthy.yaml", latin1("app:\n  name: café\n"));
  assert.match((await upgrade(image, [], 78)).stderr, /seaworthy\.yaml:2:12: this byte is not UTF-8/);
  image.write("seaworthy.yaml", Buffer.from("app: {name: shop}\n", "utf16le"));
  assert.match((await upgrade(image, [], 78)).stderr, /seaworthy\.yaml:1:1: the file is UTF-16/);

  image.write("seaworthy.yaml", "app: {name: shop, version: '1'}\n");
  image.write(".env", latin1("A=1\nDATABASE_URL=pässword-x\n"));
  const dotenv = await upgrade(image, [], 78);
  assert.match(dotenv.stderr, /\.env:2:15: this byte is not UTF-8/);
  assert.doesNotMatch(dotenv.stderr, /ssword-x/);

  image.remove(".env");
  image.write("secret", latin1("pässword-x"));
  const secret = await run(image, ["--upgrade"], { environment: { DATABASE_URL_FILE: `${image.folder}/secret` } });
  // A secret is read only if something uses it.
  image.write(
    "seaworthy.yaml",
    "app: {name: shop, version: '1'}\ndependencies: {schema: {kind: schema, url: '${DATABASE_URL}'}}\n",
  );
  const used = await run(image, ["--upgrade"], { environment: { DATABASE_URL_FILE: `${image.folder}/secret` } });
  assert.equal(used.code, 78, used.stderr);
  assert.match(used.stderr, /DATABASE_URL_FILE names: .*secret:1:2: this byte is not UTF-8/);
  assert.doesNotMatch(secret.stderr + used.stderr, /ssword-x/);
});

describe("a database with another encoding", { concurrency: 3 }, () => {
  async function databaseOf(encoding: string) {
    const server = await suite.database();
    const name = `test_${randomBytes(6).toString("hex")}`;
    await server.query(`CREATE DATABASE ${name} ENCODING '${encoding}' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`);
    const url = server.urlWith({ database: name });
    const drop = () => server.query(`DROP DATABASE ${name} WITH (FORCE)`);
    return { url, [Symbol.asyncDispose]: async () => void (await drop()) };
  }

  test("LATIN1 stores the characters that it has, and others are reported", async () => {
    await using database = await databaseOf("LATIN1");
    const check = "DO $$ BEGIN ASSERT (SELECT encode(value::bytea, 'hex') FROM seen) = '636166e9'; END $$;";
    const migrations = { ...first, "2_b.sql": `INSERT INTO seen VALUES ('café');\n${check}` };
    const image = suite.image(shopFiles({ url: database.url, migrations }));
    await upgrade(image);
    image.write("migrations/3_c.sql", "INSERT INTO seen VALUES ('日本');");
    image.write(
      "seaworthy.yaml",
      String(shopFiles({ url: database.url, version: "2.0.0", migrations })["seaworthy.yaml"]),
    );
    const { stderr } = await upgrade(image, [], 1);
    assert.match(
      stderr,
      /3_c.*has no equivalent in encoding "LATIN1" \(SQLSTATE 22P05\).*create it with the encoding UTF8/,
    );
  });

  test("SQL_ASCII stores the bytes of UTF-8", async () => {
    await using database = await databaseOf("SQL_ASCII");
    const check = "DO $$ BEGIN ASSERT (SELECT encode(value::bytea, 'hex') FROM seen) = '636166c3a9'; END $$;";
    const migrations = { ...first, "2_é.sql": `INSERT INTO seen VALUES ('café');\n${check}` };
    await upgrade(suite.image(shopFiles({ url: database.url, migrations })));
  });
});
