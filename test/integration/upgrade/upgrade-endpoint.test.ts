import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { after, test } from "node:test";
import { ask } from "../../harness/endpoint.ts";
import { openSuite } from "../../harness/leaks.ts";
import { freePort } from "../../harness/postgres.ts";
import { runProgram } from "../../harness/program.ts";
import { waitFor } from "../../harness/wait.ts";
import { assertDone, startUpgrade, twoTables, upgrade } from "./run-upgrade.ts";
import { closeGate, passGate, shopImage, waitForArrival } from "./upgrading.ts";

const suite = openSuite();
after(() => suite.end());

test("a running upgrade answers probes: /livez and /health are 200, even with pending migrations", async () => {
  const database = await suite.database();
  const gate = await closeGate(database);
  const listen = `127.0.0.1:${await freePort()}`;
  const image = suite.image(shopImage(database.url, "1.0.0", { "1_slow": passGate }));
  const program = startUpgrade(image, { SEAWORTHY_HEALTH_LISTEN: listen });
  await waitForArrival(database);
  await waitFor("an answer", () =>
    ask(`http://${listen}/livez`).then(
      () => true,
      () => false,
    ),
  );
  for (const path of ["/livez", "/health", "/readyz"]) {
    const { status, text } = await ask(`http://${listen}${path}`);
    assert.equal(status, 200);
    const body = JSON.parse(text) as Record<string, unknown>;
    assert.deepEqual([body["status"], body["phase"]], ["pass", "upgrade"]);
  }
  const probe = await runProgram(["--health"], { environment: { SEAWORTHY_HEALTH_LISTEN: listen } });
  assert.deepEqual([probe.code, probe.stderr], [0, ""]);
  await gate.release();
  assertDone(await program.ended);
  // Control: the upgrade gave these answers.
  await assert.rejects(ask(`http://${listen}/livez`));
});

test("a port in use does not stop an upgrade", async () => {
  const database = await suite.database();
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const listen = `127.0.0.1:${(taken.address() as AddressInfo).port}`;
  const image = suite.image(shopImage(database.url, "1.0.0", twoTables));
  assertDone(await upgrade(image, { SEAWORTHY_HEALTH_LISTEN: listen }));
  taken.close();
});
