import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createSender } from "../../../../src/ledger/postgres/applying/send-ahead.ts";
import type { MigrationScript } from "../../../../src/migrations/script.ts";

const script = (name: string): MigrationScript => ({
  name,
  path: `/migrations/${name}.sql`,
  language: "sql",
  source: "",
  size: 0,
  requirements: [],
  checksum: "",
  directives: { transaction: true },
});

/** A server that answers when it is told to. */
function stage(names: readonly string[], isOneMessage = (_name: string) => true) {
  const scripts = names.map(script);
  const sent: string[] = [];
  const answers = new Map<string, PromiseWithResolvers<void>>();
  const sender = createSender({
    scripts,
    messageOf: ({ name }) => (isOneMessage(name) ? name : undefined),
    send(message) {
      sent.push(message);
      const answer = Promise.withResolvers<void>();
      answers.set(message, answer);
      return answer.promise;
    },
  });
  const find = (name: string) => scripts[names.indexOf(name)] ?? script(name);
  return {
    sent,
    answer: (name: string) => answers.get(name)?.resolve(),
    refuse: (name: string) => answers.get(name)?.reject(new Error(`${name} failed`)),
    send: (name: string) => sender.send(find(name), () => name),
    isUnderWay: (name: string) => sender.isUnderWay(find(name)),
  };
}

describe("messages that are sent ahead", () => {
  test("go out when the one before has succeeded, before anybody has heard of that", async () => {
    const { sent, answer, send, isUnderWay } = stage(["1", "2", "3"]);
    const first = send("1");
    assert.deepEqual(sent, ["1"]);
    assert.equal(isUnderWay("2"), false);
    const seenAtFirst = first.then(() => [...sent]);
    answer("1");
    assert.deepEqual(await seenAtFirst, ["1", "2"]);
    assert.equal(isUnderWay("2"), true);
    const second = send("2");
    assert.equal(isUnderWay("2"), false);
    answer("2");
    await second;
    const third = send("3");
    answer("3");
    await third;
    assert.deepEqual(sent, ["1", "2", "3"]);
  });

  test("stay where the one before has failed; it is sent again, and then they go out", async () => {
    const { sent, answer, refuse, send, isUnderWay } = stage(["1", "2"]);
    const failing = send("1");
    refuse("1");
    await assert.rejects(failing, /1 failed/);
    assert.deepEqual(sent, ["1"]);
    assert.equal(isUnderWay("2"), false);
    const again = send("1");
    answer("1");
    await again;
    assert.deepEqual(sent, ["1", "1", "2"]);
  });

  test("that fail before anybody waits for them fail for whoever does", async () => {
    const { answer, refuse, send } = stage(["1", "2"]);
    const first = send("1");
    answer("1");
    await first;
    refuse("2");
    await new Promise((resolve) => setImmediate(resolve));
    await assert.rejects(send("2"), /2 failed/);
  });

  test("are none for what is more than a message", async () => {
    const { sent, answer, send } = stage(["1", "2"], (name) => name !== "2");
    const first = send("1");
    answer("1");
    await first;
    assert.deepEqual(sent, ["1"]);
    void send("2");
    assert.deepEqual(sent, ["1", "2"]);
  });
});
