import assert from "node:assert/strict";
import type { EngineContainer } from "../harness/engine/containers.ts";
import type { DockerEnd } from "../harness/engine/docker.ts";
import { blockUpgrade } from "./blocked-upgrade.ts";
import type { Stack } from "./stack.ts";

/** An upgrade to release 2: its first migration is done, and its second one is blocked. */
export interface HalfWay extends AsyncDisposable {
  /** The container of the upgrade. */
  readonly job: EngineContainer;
  readonly letGo: () => Promise<void>;
  /** The end of the started command. */
  readonly ended: Promise<DockerEnd>;
}

export async function upgradeHalfWay(stack: Stack, start: () => Promise<DockerEnd>): Promise<HalfWay> {
  const { untilHalfWay, letGo } = await blockUpgrade(stack.query);
  const ended = start();
  try {
    await untilHalfWay(async () => (await stack.tasks("upgrade")).join("\n"));
    const [job] = await stack.containers("upgrade");
    assert.ok(job);
    return { job, ended, letGo, [Symbol.asyncDispose]: letGo };
  } catch (error) {
    await letGo();
    await ended;
    throw error;
  }
}
