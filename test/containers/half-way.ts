import assert from "node:assert/strict";
import type { EngineContainer } from "../harness/engine/containers.ts";
import type { DockerEnd } from "../harness/engine/docker.ts";
import { waitLong } from "../harness/engine/patience.ts";
import type { Stack } from "./stack.ts";

/** An upgrade to release 2: its first migration is done, and its second one is blocked. */
export interface HalfWay extends AsyncDisposable {
  /** The container of the upgrade. */
  readonly job: EngineContainer;
  readonly letGo: () => Promise<void>;
  /** The end of the started command. */
  readonly ended: Promise<DockerEnd>;
}

/** Blocks the second migration: it must insert the same row to record itself. */
const hold = "INSERT INTO seaworthy.migrations (name, checksum) VALUES ('0003_fill_cents', '')";

export async function upgradeHalfWay(stack: Stack, start: () => Promise<DockerEnd>): Promise<HalfWay> {
  const sessions = async (like: string) =>
    Number(
      await stack.query(`SELECT count(*) FROM pg_stat_activity
        WHERE state = 'active' AND query LIKE '${like}' AND pid <> pg_backend_pid()`),
    );
  const held = stack.query(hold, "SELECT pg_sleep(600)").catch(() => {});
  await waitLong("the lock on the second migration's row", async () => (await sessions("SELECT pg_sleep(600)")) === 1);
  const letGo = async () => {
    await stack.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)'`);
    await held;
  };
  const ended = start();
  try {
    const waits = async () => (await sessions("%SET price = price%")) === 1;
    await waitLong("the upgrade to be half-way", waits, async () => (await stack.tasks("upgrade")).join("\n"));
    const [job] = await stack.containers("upgrade");
    assert.ok(job);
    return { job, ended, letGo, [Symbol.asyncDispose]: letGo };
  } catch (error) {
    await letGo();
    await ended;
    throw error;
  }
}
