import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as settled } from "node:timers/promises";
import { shareSessions } from "../../../src/dependencies/shared-sessions.ts";
import type { LookSession } from "../../../src/kernel/database.ts";
import { createHandClock } from "../../harness/hand-clock.ts";

/** Sessions with counters. */
function createDoor() {
  const clock = createHandClock();
  let open = 0;
  let opened = 0;
  let most = 0;
  let refuse = false;
  const goodbye = Promise.withResolvers<void>();
  const share = shareSessions<LookSession>({
    joinWithinMs: 250,
    clock,
    open: async () => {
      opened++;
      most = Math.max(most, ++open);
      if (refuse) {
        open--;
        throw new Error("refused");
      }
      return { query: async () => [], literal: String, close: async () => void (await goodbye.promise, open--) };
    },
  });
  return {
    clock,
    share: share.open,
    lend: share.lend,
    goodbye,
    refuse: (now: boolean) => void (refuse = now),
    counts: () => ({ open, opened, most }),
  };
}

test("simultaneous looks at one URL share a session; other URLs have their own", async () => {
  const { share, goodbye, counts } = createDoor();
  goodbye.resolve();
  const sessions = await Promise.all(["a", "a", "b", "a"].map(share));
  assert.deepEqual(counts(), { open: 2, opened: 2, most: 2 });
  for (const session of sessions) await session.close();
  await settled();
  assert.equal(counts().open, 0, "no session stays open");
  await (await share("a")).close();
  assert.equal(counts().opened, 3);
});

test("a URL never has two sessions: a look waits for one that is too old to join, and for its goodbye", async () => {
  const { clock, share, goodbye, counts } = createDoor();
  const first = await share("a");
  clock.turn(251);
  const second = share("a");
  await settled();
  assert.deepEqual(counts(), { open: 1, opened: 1, most: 1 });
  await first.close();
  await settled();
  assert.equal(counts().opened, 1, "the server has not said goodbye");
  goodbye.resolve();
  await (await second).close();
  assert.deepEqual({ opened: counts().opened, most: counts().most }, { opened: 2, most: 1 });
});

test("a session that cannot open does not block others for long", async () => {
  const { share, goodbye, refuse, counts } = createDoor();
  goodbye.resolve();
  refuse(true);
  const results = await Promise.allSettled(["a", "a"].map(share));
  assert.deepEqual(
    results.map(({ status }) => status),
    ["rejected", "rejected"],
  );
  refuse(false);
  await (await share("a")).close();
  await settled();
  assert.deepEqual(counts(), { open: 0, opened: 2, most: 1 });
});

test("a lent session is used while it is lent, is not closed, and no look waits for it for ever", async () => {
  const { clock, share, lend, goodbye, counts } = createDoor();
  goodbye.resolve();
  let closed = false;
  const stuck = new Promise<never>(() => {});
  let isMeant = true;
  const standing = { query: () => stuck, literal: String, close: async () => void (closed = true) };
  lend("a", standing, { timeoutMs: 2000, isMeant: () => isMeant });
  const session = await share("a");
  await (await share("b")).close();
  assert.equal(counts().opened, 1, "another URL needs its own session");
  const answer = session.query("SELECT 1");
  clock.turn(2000);
  await assert.rejects(answer, /did not answer within 2000 ms/);
  await session.close();
  assert.equal(closed, false);
  await (await share("a")).close();
  assert.equal(counts().opened, 1);
  isMeant = false;
  await (await share("a")).close();
  assert.equal(counts().opened, 2);
  assert.deepEqual(clock.due(), []);
});

test("a waiting look takes a session that is lent in the meantime", async () => {
  const { clock, share, lend, goodbye, counts } = createDoor();
  const first = await share("a");
  clock.turn(251);
  const second = share("a");
  const standing = { query: async () => [{ standing: true }], literal: String, close: async () => {} };
  lend("a", standing, { timeoutMs: 2000, isMeant: () => true });
  await first.close();
  goodbye.resolve();
  const session = await second;
  assert.deepEqual(await session.query("SELECT 1"), [{ standing: true }]);
  await session.close();
  assert.deepEqual(counts(), { open: 0, opened: 1, most: 1 });
});
