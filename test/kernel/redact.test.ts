import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createRedactor, passwordsIn, withoutPassword } from "../../src/kernel/redact.ts";

function redactorOf(...secrets: readonly string[]) {
  const redactor = createRedactor();
  for (const secret of secrets) redactor.add(secret);
  return redactor.redact;
}

describe("redact", () => {
  test("control: text without a secret does not change", () => {
    const line = "cannot reach Postgres at db:5432/shop as user@host, see https://example.com:443/path?q=1";
    assert.equal(redactorOf()(line), line);
  });

  for (const [name, secrets, text, expected] of [
    ["a password in a URL that was not added", [], "at postgres://u:pw@h/db now", "at postgres://u:***@h/db now"],
    ["a URL without a user", [], "redis://:pw@h", "redis://:***@h"],
    ["a password with an @", [], "postgres://u:p@w@h/db", "postgres://u:***@h/db"],
    ["two URLs", [], "aa://u:one@h bb://u:two@h", "aa://u:***@h bb://u:***@h"],
    ["parameters", [], "x?password=pw&a=1 token=abc; API_KEY=k", "x?password=***&a=1 token=***; API_KEY=***"],
    ["variables", [], "PGPASSWORD=pw DB_PASSWORD=pw", "PGPASSWORD=*** DB_PASSWORD=***"],
    ["a long secret, even inside a word", ["correct-horse"], "xcorrect-horsey", "x***y"],
    ["a short secret, only as a word", ["post"], "post postgres (post)", "*** postgres (***)"],
    ["a secret that contains another", ["abcdefgh", "abcdefgh-ijkl"], "abcdefgh-ijkl abcdefgh", "*** ***"],
    ["characters with a meaning in regular expressions", ["a.c*d+$&"], "aXc*d+$& a.c*d+$&", "aXc*d+$& ***"],
    ["a secret escaped for JSON", ['pa"ss\\word'], JSON.stringify({ at: 'pa"ss\\word' }), '{"at":"***"}'],
    ["a secret encoded for a URL", ["pa/ss word"], "x pa%2Fss%20word", "x ***"],
  ] as const) {
    test(name, () => assert.equal(redactorOf(...secrets)(text), expected));
  }

  test("JSON stays JSON", () => {
    const line = JSON.stringify({ message: 'password="quoted" token=a\\', next: "postgres://u:pw@h/db" });
    const read = JSON.parse(redactorOf()(line)) as Record<string, string>;
    assert.deepEqual(read, { message: 'password="quoted" token=***', next: "postgres://u:***@h/db" });
  });

  test("a secret of one or two letters is not hidden: half of the log would be stars", () => {
    assert.equal(redactorOf("ab")("ab"), "ab");
  });
});

describe("withoutPassword", () => {
  for (const [value, expected] of [
    ["postgres://u:pw@h/db", "postgres://u:***@h/db"],
    ["postgres://u:p/w#?@ x@h/db", "postgres://u:***@h/db"],
    ["postgres:u:pw@h/db", "postgres:***@h/db"],
    ["u:pw@h/db", "u:***@h/db"],
    ["postgres://u@h/db", "postgres://u@h/db"],
    ["127.0.0.1:7979", "127.0.0.1:7979"],
    [">=2.1", ">=2.1"],
  ] as const) {
    test(value, () => assert.equal(withoutPassword(value), expected));
  }
});

describe("passwordsIn", () => {
  for (const [value, ...expected] of [
    ["postgres://u:pw1@h/db", "pw1"],
    ["postgres://u:a%2Fb@h/db", "a%2Fb", "a/b"],
    ["postgres://u:a/b#c@h/db", "a/b#c"],
    ["postgres://u:100%@h/db", "100%"],
    ["postgres://u@h/db?password=pw2", "pw2"],
    ["postgres://h/db"],
    // Hiding it would hide the user's and the database's name everywhere, and give it away.
    ["postgres://shop:shop@h/shop"],
  ] as const) {
    test(value, () => assert.deepEqual(new Set(passwordsIn(value)), new Set(expected)));
  }
});

test("a line of a megabyte is read in time that grows with its length", () => {
  const { redact } = createRedactor();
  const word = "x".repeat(1_000_000);
  assert.equal(redact(word), word);
  assert.equal(redact(`${word} postgres://u:secret@db/x`), `${word} postgres://u:***@db/x`);
  // A scheme may begin within a word.
  assert.equal(redact("url=1postgres://u:secret@db/x"), "url=1postgres://u:***@db/x");
});
