import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { openSuite } from "../../harness/leaks.ts";
import { runProgram } from "../../harness/program.ts";
import { scratchPath } from "../../harness/scratch.ts";

const suite = openSuite();
const database = await suite.database();
const { folder } = suite.image({ "migrations/1_a.sql": "SELECT 1" });

type Variables = Readonly<Record<string, string>>;
const runWith = (mode: readonly string[], variables: Variables, query = "") =>
  runProgram(mode, {
    workingDirectory: folder,
    environment: { DATABASE_URL: `${database.url}${query}`, APP_VERSION: "1.0.0", ...variables },
  });

describe("a libpq variable that cannot be used is refused with 78, its name and its value", { concurrency: 4 }, () => {
  const text = scratchPath("ca.pem");
  writeFileSync(text, "no certificate");
  const cases: readonly (readonly [variables: Variables, says: RegExp])[] = [
    [{ PGSSLMODE: "bogus" }, /PGSSLMODE is "bogus": .* must be one of disable, allow, prefer, require/],
    [{ PGSSLMODE: "no-verify" }, /PGSSLMODE is "no-verify": .* must be one of disable/],
    [{ PGSSLMINPROTOCOLVERSION: "SSLv9" }, /PGSSLMINPROTOCOLVERSION is "SSLv9": .* must be one of/],
    [{ PGTARGETSESSIONATTRS: "bogus" }, /PGTARGETSESSIONATTRS is "bogus": .* must be one of/],
    [{ PGCHANNELBINDING: "maybe" }, /PGCHANNELBINDING is "maybe": .* must be one of/],
    [{ PGSSLROOTCERT: "/no/such/ca.pem" }, /PGSSLROOTCERT is "\/no\/such\/ca\.pem", but this file does not exist/],
    [{ PGSSLKEY: "/no/such/key.pem" }, /PGSSLKEY is "\/no\/such\/key\.pem", but this file does not exist/],
    [{ PGSSLMODE: "verify-ca" }, /sslmode=verify-ca needs sslrootcert/],
    [{ PGGSSENCMODE: "require" }, /PGGSSENCMODE is "require": seaworthy cannot encrypt by GSSAPI/],
    [{ PGREQUIRESSL: "1" }, /PGREQUIRESSL is "1": write PGSSLMODE=require/],
  ];
  for (const [variables, says] of cases) {
    test(JSON.stringify(variables), async () => {
      for (const mode of [["--upgrade"], ["--plan"], ["--status"], ["true"]]) {
        const { code, stderr } = await runWith(mode, variables);
        assert.equal(code, 78, `${mode.join(" ")}: ${stderr}`);
        assert.match(stderr, says);
        assert.doesNotMatch(stderr, /ENOENT|internal error/);
      }
    });
  }
});

describe("control: a variable without effect does not matter", { concurrency: 4 }, () => {
  const cases: readonly (readonly [variables: Variables, query: string])[] = [
    [{}, ""],
    [{ PGSSLMODE: "bogus" }, "?sslmode=disable"],
    [{ PGSSLROOTCERT: "/no/such/ca.pem" }, "?sslmode=disable"],
    [{ PGTARGETSESSIONATTRS: "bogus" }, "?target_session_attrs=any"],
    [{ PGSSLMODE: "" }, ""],
    [{ PGSSLMODE: "Prefer" }, ""],
    [{ PGGSSENCMODE: "prefer", PGREQUIRESSL: "0" }, ""],
  ];
  for (const [variables, query] of cases) {
    test(`${JSON.stringify(variables)} ${query}`, async () => {
      const { code, stderr } = await runWith(["--upgrade"], variables, query);
      assert.equal(code, 0, stderr);
      assert.equal((await runWith(["--status"], variables, query)).code, 0);
    });
  }
});
