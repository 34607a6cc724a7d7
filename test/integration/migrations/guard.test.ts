import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { openSuite } from "../../harness/leaks.ts";
import { run, shopFiles, upgrade } from "../../fixtures/upgrade/shop.ts";
import { appliedIn, tablesOf } from "../upgrade/upgrading.ts";

const suite = openSuite();
after(() => suite.end());

const first = { "1_first.sql": "CREATE TABLE first (begin int, atomic int);" };

describe(
  "a file that would end its own transaction is refused with 78 before anything runs",
  { concurrency: 3 },
  () => {
    const texts: Readonly<Record<string, string>> = {
      "names that look like the body of a function": "CREATE INDEX i ON first (begin, atomic); COMMIT;",
      "a string that continues after a comment": "SELECT E'a' -- b\n '\\''; COMMIT; --'",
      "a comment line that ends with a carriage return": "SELECT 1 -- a\r; COMMIT",
      "END after a body with a column named case": `CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1 AS "case"; END; END`,
      "COMMIT AND CHAIN": "COMMIT AND CHAIN",
      "PREPARE TRANSACTION": "PREPARE TRANSACTION 'x'",
    };
    for (const [title, text] of Object.entries(texts)) {
      test(title, async () => {
        const database = await suite.database();
        const sql = `${text};\nCREATE TABLE before (); SELECT 1/0; CREATE TABLE later ();`;
        const image = suite.image(shopFiles({ url: database.url, migrations: { ...first, "2_second.sql": sql } }));
        for (const flag of ["--upgrade", "--plan", "--upgrade"]) {
          const ended = await run(image, [flag]);
          assert.equal(ended.code, 78, ended.stderr);
          assert.match(ended.stderr, /2_second\.sql:\d+:\d+: \w+ inside a migration\. Remove it/);
        }
        assert.deepEqual(await tablesOf(database), []);
        assert.match((await run(image, ["--status"])).stdout, /behind/);
      });
    }

    test("control: text that only looks like it runs as Postgres reads it", async () => {
      const database = await suite.database();
      const migrations = {
        ...first,
        "2_names.sql": "CREATE INDEX i ON first (begin, atomic); CREATE TABLE seen (value text);",
        "3_string.sql": "INSERT INTO seen VALUES (E'a' -- b\n  '\\'; COMMIT; --');",
        "4_body.sql": `CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END AS "end"; SELECT 2 AS case; END;
        CREATE TABLE later ();`,
      };
      await upgrade(suite.image(shopFiles({ url: database.url, migrations })));
      assert.deepEqual(await database.query("SELECT value FROM seen"), [{ value: "a'; COMMIT; --" }]);
      assert.deepEqual(await tablesOf(database), ["first", "later", "seen"]);
    });
  },
);

describe("a file that Postgres would read differently is refused", { concurrency: 3 }, () => {
  const texts: Readonly<Record<string, readonly [text: string, message: RegExp]>> = {
    "a dump with psql commands": ["\\restrict x'y\nCREATE TABLE a ();", /2_second\.sql:1:1: \\restrict is a command/],
    "rows for psql": ["COPY first FROM stdin;\n1\t2\n\\.\n", /2_second\.sql:1:1: COPY … FROM STDIN/],
    "an unclosed $$": [
      "SELECT 1;\nDO $$ BEGIN NULL; END $;",
      /2_second\.sql:2:4: the string that begins here with \$\$ is/,
    ],
    "an unclosed comment": ["SELECT 1 /* a /* b */;", /2_second\.sql:1:10: the comment that begins here/],
    "an unclosed name": ['\nSELECT "a;', /2_second\.sql:2:8: the quoted name that begins here with " is never closed/],
    "an unclosed string": ["SELECT 'a;", /2_second\.sql:1:8: the string that begins here/],
    "an unclosed parenthesis": ["CREATE TABLE a (id int;", /2_second\.sql:1:16: the parenthesis that opens here/],
    "CONCURRENTLY in a transaction": [
      "CREATE TABLE a ();\n/* b */ CREATE INDEX CONCURRENTLY i ON first (begin);",
      /2_second\.sql:2:9: CREATE INDEX CONCURRENTLY cannot run in a transaction.* `-- seaworthy: no-transaction`/,
    ],
    "VACUUM in a transaction": ["vacuum first", /2_second\.sql:1:1: VACUUM cannot run in a transaction/],
    "an unclosed string in a file with an up and a down part": [
      "-- migrate:up\nSELECT 'a;\n-- migrate:down\nSELECT 2;",
      /2_second\.sql:2:8: the string that begins here/,
    ],
  };
  for (const [title, [text, message]] of Object.entries(texts)) {
    test(title, async () => {
      const database = await suite.database();
      const image = suite.image(shopFiles({ url: database.url, migrations: { ...first, "2_second.sql": text } }));
      const { stderr } = await upgrade(image, [], 78);
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /lock was lost|cannot reach/);
      assert.deepEqual(await tablesOf(database), []);
    });
  }

  test("no-transaction in a JavaScript migration", async () => {
    const database = await suite.database();
    const text = "// seaworthy: no-transaction\nexport const up = ({ query }) => query('CREATE TABLE a ()');";
    const image = suite.image(shopFiles({ url: database.url, migrations: { ...first, "2_second.mjs": text } }));
    assert.match((await upgrade(image, [], 78)).stderr, /2_second\.mjs: no-transaction is for SQL/);
    assert.deepEqual(await tablesOf(database), []);
  });
});

test("control: --plan shows a statement that cannot run in a transaction as a finding", async () => {
  const database = await suite.database();
  const migrations = { ...first, "2_second.sql": "VACUUM first" };
  const plan = await run(suite.image(shopFiles({ url: database.url, migrations })), ["--plan"]);
  assert.equal(plan.code, 3, plan.stderr);
  assert.match(plan.stdout, /needs-no-transaction/);
});

test("a database with another meaning of backslashes runs only files without them", async () => {
  const database = await suite.database();
  const [row] = await database.query("SELECT current_database() AS name");
  await database.query(`ALTER DATABASE ${String(row?.["name"])} SET standard_conforming_strings = off`);
  const seen = { "1_first.sql": "CREATE TABLE seen (value text); INSERT INTO seen VALUES (E'a\\\\b');" };
  const text = "SELECT '\\'; COMMIT; --';\nINSERT INTO seen VALUES ('c');";
  const image = suite.image(
    shopFiles({ url: database.url, migrations: { ...seen, "2_second.sql": `SELECT 1;\n${text}` } }),
  );
  assert.match((await upgrade(image, [], 78)).stderr, /2_second\.sql:/);
  image.write("migrations/2_second.sql", "INSERT INTO seen VALUES ('c\\d; COMMIT;');");
  const { stderr } = await upgrade(image, [], 78);
  assert.match(
    stderr,
    /2_second\.sql:1:26: a backslash in a string, and the database has standard_conforming_strings off/,
  );
  assert.deepEqual(await tablesOf(database), []);

  image.write("migrations/2_second.sql", "INSERT INTO seen VALUES (E'c\\\\d; COMMIT;');");
  await upgrade(image);
  assert.deepEqual(await database.query("SELECT value FROM seen"), [{ value: "a\\b" }, { value: "c\\d; COMMIT;" }]);
});

test("an unexpected end of a file is reported at its end, and not as a lost lock", async () => {
  const database = await suite.database();
  const migrations = { ...first, "2_second.sql": "CREATE TABLE a ();\nSELECT * FROM" };
  const { stderr } = await upgrade(suite.image(shopFiles({ url: database.url, migrations })), [], 1);
  assert.match(stderr, /2_second\.sql:2:14\): syntax error .*SQLSTATE 42601/);
  assert.deepEqual(await appliedIn(database), ["1_first"]);
});
