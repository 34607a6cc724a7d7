import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { shopFiles, start } from "../../fixtures/upgrade/shop.ts";
import { openSuite } from "../../harness/leaks.ts";
import type { Ended } from "../../harness/program.ts";
import { failingUpgrades, first, type Event, type Failing } from "./failing-events.ts";

const suite = openSuite();
after(() => suite.end());
const failures = failingUpgrades(suite);

async function fail(failing: Failing, format: "json" | "human"): Promise<Ended> {
  const { migrations = first, version = "1.0.0", url, before, during, code } = failing;
  const database = await suite.database();
  await using held = new AsyncDisposableStack();
  held.use(await before?.(database));
  const image = suite.image(
    shopFiles({ url: url?.(database) ?? database.url, version, migrations, upgrade: failing.upgrade ?? {} }),
  );
  const program = start(image, ["--upgrade"], { environment: { SEAWORTHY_LOG_FORMAT: format } });
  await during?.(database, program.signal);
  const ended = await program.ended;
  assert.equal(ended.code, code, ended.stderr);
  assert.doesNotMatch(ended.stderr, /hunter2/);
  return ended;
}

function eventsOf({ stderr }: Ended): readonly Event[] {
  return stderr
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Event);
}

/** The event without what a machine's folder adds to the paths. */
function withoutFolder(event: Event): Event {
  const shorten = (value: unknown) =>
    typeof value === "string" ? value.replaceAll(/\/\S*\/migrations\//g, "") : value;
  return Object.fromEntries(Object.entries(event).map(([key, value]) => [key, shorten(value)]));
}

describe("a failed upgrade", { concurrency: 4 }, () => {
  for (const [title, failing] of Object.entries(failures)) {
    test(`${title}: one event has all of it`, async () => {
      const errors = eventsOf(await fail(failing, "json")).filter(({ level }) => level === "error");
      assert.equal(errors.length, 1, JSON.stringify(errors, null, 2));
      const [event = {}] = errors;
      const found = withoutFolder(event);
      assert.equal(found["exitCode"], failing.code);
      for (const [key, value] of Object.entries(failing.event)) assert.deepEqual(found[key], value, key);
      assert.doesNotMatch(String(found["statement"]), /secret words/);
      const text = [event["message"], ...((event["details"] ?? []) as readonly string[])].join("\n");
      for (const pattern of failing.says) assert.match(text, pattern);
    });

    test(`${title}: a person reads all of it`, async () => {
      const { stderr } = await fail(failing, "human");
      for (const pattern of failing.says) assert.match(stderr, pattern);
    });
  }
});
