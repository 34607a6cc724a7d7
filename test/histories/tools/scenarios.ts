import assert from "node:assert/strict";
import type { ReadSession } from "../../../src/kernel/database.ts";
import type { ToolState } from "../../../src/kernel/tool-state.ts";
import type { DatabaseKind } from "../../../src/histories/tools/tool.ts";
import { historyOf, type Fixture } from "./fixtures.ts";

/** A test database that can hold a history. */
export interface Place {
  readonly kind: DatabaseKind;
  /** Removes everything from the database. */
  readonly clear: () => Promise<void>;
  /** Loads the fixture's history; false if it does not exist. */
  readonly load: (fixture: Fixture, when: "older" | "now" | "failed") => Promise<boolean>;
  readonly session: ReadSession;
}

async function look(fixture: Fixture, image: string, place: Place): Promise<ToolState> {
  return historyOf(fixture.tool, image, place.kind).read(place.session);
}

/** Checks the rules that hold for every tool on every database. */
export async function checkHistory(fixture: Fixture, place: Place): Promise<void> {
  const { image, olderImage, third } = fixture;

  await place.clear();
  const untouched = await look(fixture, image, place);
  assert.equal(untouched.latest, undefined, "no table: nothing is applied");
  assert.ok(untouched.missing.length >= 3, "no table: everything is missing");
  assert.ok(untouched.missing.includes(third));

  assert.ok(await place.load(fixture, "older"));
  const behind = await look(fixture, image, place);
  assert.deepEqual(behind.missing, [third], "one migration is pending");
  assert.equal(behind.dirty, undefined);
  const before = await look(fixture, olderImage, place);
  assert.deepEqual(before.missing, [], "the previous image needs no more");

  await place.clear();
  assert.ok(await place.load(fixture, "now"));
  const current = await look(fixture, image, place);
  assert.deepEqual(current.missing, [], "all are applied");
  assert.equal(current.dirty, undefined);
  assert.equal(current.latest, third);
  const ahead = await look(fixture, olderImage, place);
  assert.deepEqual(ahead.missing, [], "the database is ahead of the previous image");
  assert.ok(ahead.latest);

  await place.clear();
  if (!(await place.load(fixture, "failed"))) return;
  const failed = await look(fixture, image, place);
  assert.deepEqual(failed.missing, [third], "the failed migration is not applied");
  assert.match(failed.dirty ?? "", new RegExp(`${fixture.tool.title} recorded ${third} as failed.*\\.$`));
  const older = await look(fixture, olderImage, place);
  assert.deepEqual(older.missing, [], "a newer image's failed migration does not matter to the previous image");
  assert.equal(older.dirty, undefined);
}
