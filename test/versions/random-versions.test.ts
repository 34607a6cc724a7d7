import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compareVersions } from "../../src/versions/compare.ts";
import { parseRelease, parseServerVersion, parseVersion } from "../../src/versions/parse.ts";
import { parseRange } from "../../src/versions/range.ts";
import { anyVersion, createRandom, type Random } from "../harness/versions.ts";

describe("properties of random versions", () => {
  const rounds = 3000;
  /** Every failure message has the seed. Set it here to repeat the same versions. */
  const seed = Number(process.env["TEST_SEED"] ?? Date.now() % 1e9);
  const forMany = (check: (random: Random) => void) => {
    const random = createRandom(seed);
    for (let round = 0; round < rounds; round++) {
      try {
        check(random);
      } catch (error) {
        throw new Error(`TEST_SEED=${seed}: ${String(error)}`, { cause: error });
      }
    }
  };
  const parse = (text: string) => parseRelease(text) ?? assert.fail(`${text} is no version`);
  const compare = (a: string, b: string) => compareVersions(parse(a), parse(b));

  test("the order is total: reflexive, antisymmetric, transitive", () => {
    forMany((random) => {
      const [a, b, c] = [anyVersion(random), anyVersion(random), anyVersion(random)];
      assert.equal(compare(a, a), 0, a);
      assert.equal(compare(a, b), -compare(b, a) + 0, `${a} ${b}`);
      const [low, middle, high] = [a, b, c].toSorted(compare) as [string, string, string];
      assert.ok(
        compare(low, middle) <= 0 && compare(middle, high) <= 0 && compare(low, high) <= 0,
        `${low} ${middle} ${high}`,
      );
      if (compare(a, b) === 0) assert.equal(compare(a, c), compare(b, c), `${a} = ${b}, ${c}`);
    });
  });

  test("it is consistent: other spellings are equal, one more is higher, a prerelease is lower", () => {
    forMany((random) => {
      const numbers = Array.from({ length: random.below(5) + 1 }, () => random.digits(random.below(25) + 1));
      const version = numbers.join(".");
      assert.equal(compare(version, `v${version}.0`), 0);
      assert.equal(compare(version, numbers.map((digits) => `000${digits}`).join(".")), 0);
      assert.equal(compare(version, `${version}+build.${random.digits(3)}`), 0);
      assert.equal(compare(`${version}-rc.1`, version), -1);
      assert.equal(compare(`${version}-${random.below(99) + 1}-gabc1234`, version), 1);
      const last = BigInt(numbers.at(-1) ?? 0);
      const next = [...numbers.slice(0, -1), last + 1n].join(".");
      assert.equal(compare(next, version), 1, `${next} ${version}`);
      assert.equal(compare(next, `${version}-99-gabc1234`), 1);
    });
  });

  test("integers have the order of BigInt, without rounding to a double", () => {
    forMany((random) => {
      const a = random.digits(random.below(40) + 1);
      const b =
        random.below(2) === 0 ? String(BigInt(a) + BigInt(random.below(3)) - 1n) : random.digits(random.below(40) + 1);
      if (b.startsWith("-")) return;
      assert.equal(compare(a, b), BigInt(a) === BigInt(b) ? 0 : BigInt(a) < BigInt(b) ? -1 : 1, `${a} ${b}`);
    });
  });

  test("a range agrees with the order", async () => {
    const random = createRandom(seed);
    for (let round = 0; round < 300; round++) {
      const [bound, version] = [anyVersion(random), anyVersion(random)];
      const order = compare(version, bound);
      const standing = async (operator: string) =>
        (await parseRange(operator + bound, "auto", "app"))?.standingOf(parse(version));
      const message = `TEST_SEED=${seed}: ${version} ${bound}`;
      assert.equal(await standing(">="), order >= 0 ? "within" : "below", message);
      assert.equal(await standing(">"), order > 0 ? "within" : "below", message);
      assert.equal(await standing("<"), order < 0 ? "within" : "above", message);
      assert.equal(await standing("<="), order <= 0 ? "within" : "above", message);
    }
  });

  test("any text is read or refused quickly", () => {
    const alphabet = "0123456789.-+vrc gabef(),:/~_x\0é";
    forMany((random) => {
      const text = Array.from({ length: random.below(300) }, () => alphabet[random.below(alphabet.length)]).join("");
      for (const scheme of ["auto", "semver", "numbers", "integer"] as const) parseVersion(text, scheme);
      parseServerVersion(text);
    });
    for (const text of [
      "1".repeat(1e6),
      "1.".repeat(5e5),
      `1-${"a.".repeat(5e5)}`,
      `1${"-1-gabcd".repeat(1e5)}`,
      "-".repeat(1e6),
      " ".repeat(1e6),
    ]) {
      assert.equal(parseVersion(text), undefined);
      parseServerVersion(text);
    }
  });
});
