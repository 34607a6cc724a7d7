import assert from "node:assert/strict";
import { after, test } from "node:test";
import { openSuite } from "../../harness/leaks.ts";
import { withoutPython } from "../../harness/python.ts";
import { startTerminal } from "../../harness/terminal.ts";
import { closeGate, passGate, waitForArrival } from "./upgrading.ts";

const suite = openSuite();
after(() => suite.end());

/** Carriage return, erase to the end of the line. */
const erase = "\r\u001B[K";

test("on a terminal a live line counts the applied migrations and the seconds", { skip: withoutPython }, async () => {
  const database = await suite.database();
  const gate = await closeGate(database);
  const image = suite.image({ "1_slow.sql": passGate, "2_b.sql": "CREATE TABLE b ();" });
  const schema = { kind: "schema", url: database.url, migrations: image.folder };
  const settings = { app: { name: "shop", version: "1.0.0" }, dependencies: { schema } };
  const before = "export SEAWORTHY_LOG_LEVEL=info";
  using terminal = startTerminal({ build: "bundle", asPid1: false }, ["--upgrade"], { settings, before });
  await waitForArrival(database);
  await terminal.untilScreen(`${erase}seaworthy: [1/2] applying 1_slow`);
  await terminal.untilScreen(`${erase}seaworthy: [1/2] applying 1_slow, 2 s`);
  await gate.release();
  const { code } = await terminal.ended;
  assert.equal(code, 0, terminal.screen());
  // Permanent output overwrites the line.
  const screen = terminal.screen().replaceAll(erase, "<");
  assert.match(screen, /applying 1_slow, \d+ s<seaworthy: applied 1_slow in \d+ ms, 1 left\r\n/);
  assert.match(screen, /\[2\/2\] applying 2_b<seaworthy: applied 2_b in \d+ ms, 0 left\r\n/);
});
