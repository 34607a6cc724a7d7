import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { createEnvironment } from "../../src/config/environment.ts";

const folder = mkdtempSync(join(tmpdir(), "seaworthy-environment-"));
after(() => rmSync(folder, { recursive: true }));

function secretFile(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe("createEnvironment", () => {
  test("a variable takes precedence over .env", () => {
    const { get, names } = createEnvironment({ A: "variable" }, { A: "dotenv", B: "dotenv" }, () => {});
    assert.deepEqual([get("A"), get("B"), get("C")], ["variable", "dotenv", undefined]);
    assert.deepEqual(new Set(names()), new Set(["A", "B"]));
  });

  for (const [name, content, expected] of [
    ["without its last newline", "s3cret\n", "s3cret"],
    ["without its last newline of Windows", "s3cret\r\n", "s3cret"],
    ["with all others", "two\nlines\n\n", "two\nlines\n"],
    ["with its spaces", " s3cret ", " s3cret "],
    ["empty", "", ""],
  ] as const) {
    test(`NAME_FILE: the file's content, ${name}`, () => {
      const secrets: string[] = [];
      const variables = { A_FILE: secretFile(name, content) };
      const { get } = createEnvironment(variables, {}, (secret) => void secrets.push(secret));
      assert.equal(get("A"), expected);
      assert.deepEqual(secrets, [expected]);
    });
  }

  test("NAME_FILE works in .env too, an empty one counts as unset, and other values are not secrets", () => {
    const secrets: string[] = [];
    const dotenv = { A_FILE: secretFile("dotenv", "s3cret"), B_FILE: "", B: "plain" };
    const { get } = createEnvironment({}, dotenv, (secret) => void secrets.push(secret));
    assert.deepEqual([get("A"), get("B")], ["s3cret", "plain"]);
    assert.deepEqual(secrets, ["s3cret"]);
  });

  test("NAME and NAME_FILE together are refused by name", () => {
    const { get } = createEnvironment({ A: "x", A_FILE: "/y" }, {}, () => {});
    assert.throws(() => get("A"), { message: "both A and A_FILE are set. Set only one of them.", exitCode: 78 });
  });

  test("a missing file is refused, with the variable and the file", () => {
    const { get } = createEnvironment({ A_FILE: "/no/such/file" }, {}, () => {});
    assert.throws(() => get("A"), { exitCode: 78, message: /A_FILE names: ENOENT.*\/no\/such\/file/ });
  });
});
