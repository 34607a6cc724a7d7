import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseSignal, realTimeSignals, signalName, signalNumber, type SignalName } from "../../src/kernel/signals.ts";

describe("signals", () => {
  test("names and numbers convert both ways", () => {
    for (const number of [...Array(65).keys()].filter((one) => one !== 0 && one !== 32 && one !== 33)) {
      const name = signalName(number);
      assert.ok(name);
      assert.equal(signalNumber(name), number);
      assert.equal(parseSignal(name), name);
      assert.equal(parseSignal(number), name);
    }
    for (const number of [0, 32, 33, 65]) assert.equal(signalName(number), undefined);
  });

  test("every spelling is parsed", () => {
    const expected: Readonly<Record<string, SignalName>> = {
      TERM: "SIGTERM",
      sigterm: "SIGTERM",
      "15": "SIGTERM",
      RTMIN: "SIGRTMIN",
      "RTMIN+0": "SIGRTMIN",
      "rtmin+3": "SIGRTMIN+3",
      "SIGRTMIN+30": "SIGRTMAX",
      "RTMIN+16": "SIGRTMAX-14",
      "RTMAX-0": "SIGRTMAX",
      "RTMAX-2": "SIGRTMAX-2",
      "RTMAX-30": "SIGRTMIN",
      "37": "SIGRTMIN+3",
    };
    for (const [text, name] of Object.entries(expected)) assert.equal(parseSignal(text), name, text);
    for (const text of [
      "",
      "SIG",
      "NOPE",
      "RTMIN-1",
      "RTMIN+31",
      "RTMAX+1",
      "RTMAX-31",
      "RTMIN+",
      "RTMIN+-1",
      "-1",
      "1.5",
    ])
      assert.equal(parseSignal(text), undefined, text);
  });

  test("real-time signals have the names of bash's kill -l", () => {
    assert.equal(realTimeSignals.length, 31);
    assert.deepEqual([34, 35, 49, 50, 63, 64].map(signalName), [
      "SIGRTMIN",
      "SIGRTMIN+1",
      "SIGRTMIN+15",
      "SIGRTMAX-14",
      "SIGRTMAX-1",
      "SIGRTMAX",
    ]);
  });
});
