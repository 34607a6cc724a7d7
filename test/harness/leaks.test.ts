import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { describe, test } from "node:test";
import { Client } from "pg";
import { openSuite } from "./leaks.ts";
import { readProcess } from "./proc.ts";
import { waitFor } from "./wait.ts";

/** Controls for all suites: leaks are detected. */
describe("the end of a suite", () => {
  const impatient = { patienceMs: 100 };

  test("passes if nothing is left, and removes its databases and images", async () => {
    const suite = openSuite(impatient);
    const database = await suite.database();
    const { folder } = suite.image({ "migrations/1_a.sql": "" });
    await suite.end();
    assert.equal(existsSync(folder), false);
    await assert.rejects(database.query("SELECT 1"), /does not exist/);
  });

  test("reports and ends a process that still runs", async () => {
    const suite = openSuite(impatient);
    const child = spawn("sleep", ["1000"]);
    await assert.rejects(suite.end(), /a process leaked[^]*sleep 1000/);
    await waitFor("its end", () => readProcess(child.pid ?? 0) === undefined);
  });

  test("reports an orphan whose working directory is an image", async () => {
    const suite = openSuite(impatient);
    const { folder } = suite.image({});
    const shell = spawn("sh", ["-c", "sleep 1000 & echo $!"], { cwd: folder, stdio: ["ignore", "pipe", "ignore"] });
    const pid = Number(String((await shell.stdout.take(1).toArray())[0]));
    await waitFor("the end of its parent", () => readProcess(pid)?.parent !== shell.pid);
    await assert.rejects(suite.end(), /a process leaked[^]*sleep 1000/);
    await waitFor("its end", () => (readProcess(pid)?.state ?? "Z") === "Z");
  });

  test("reports an open connection", async () => {
    const suite = openSuite(impatient);
    const database = await suite.database();
    const client = new Client({ connectionString: database.url, application_name: "seaworthy leaks" });
    // Dropping the database breaks this connection.
    client.on("error", () => {});
    await client.connect();
    await client.query("SELECT 42");
    await assert.rejects(suite.end(), /a connection leaked[^]*seaworthy leaks: SELECT 42/);
  });
});
