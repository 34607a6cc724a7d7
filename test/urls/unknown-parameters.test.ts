import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readUrl } from "../../src/urls/read.ts";
import { describeUrl } from "./describe-url.ts";

describe("an unknown parameter", () => {
  test("is reported by name, without its value", () => {
    const read = readUrl("postgres://u:pw@h/shop?colour=s3cret&s3cret%20in%20the%20wrong%20place=1");
    assert.ok("address" in read);
    assert.equal(read.warnings.length, 2);
    assert.match(read.warnings[0] ?? "", /^the parameter colour is not known/);
    assert.doesNotMatch(read.warnings.join(), /s3cret"|s3cret in the wrong/);
  });

  test("a refusal names the parameter, and never repeats a possible secret", () => {
    for (const query of [
      "sslmode=s3cret",
      "ssl=s3cret",
      "target_session_attrs=s3cret",
      "sslnegotiation=s3cret",
      "sslx=s3cret",
    ]) {
      const said = describeUrl(`postgres://h/shop?${query}`);
      assert.match(said, /^refused: /, query);
      assert.doesNotMatch(said, /s3cret/, query);
    }
  });
});
