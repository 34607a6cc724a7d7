import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { waitLong } from "../harness/engine/patience.ts";
import { sendCustomers, type Tally } from "./customers.ts";
import type { Release } from "./shop.ts";
import type { Stack } from "./stack.ts";

/** What has to be there in the end: three tasks of this image, and nothing of another. */
export async function untilServes(stack: Stack, image: string): Promise<void> {
  await waitLong(
    `three tasks of ${image}, and no other`,
    async () => {
      const [all, ours] = [await stack.containers("app"), await stack.containers("app", image)];
      if (all.length !== 3 || ours.length !== 3) return false;
      const health = await Promise.all(ours.map((container) => container.health()));
      return health.every((status) => status === "healthy");
    },
    async () => (await stack.tasks("app")).join("\n"),
  );
}

export interface Deployment {
  /** Releases that may answer meanwhile. */
  readonly releases: readonly Release[];
  /** The image that has to serve in the end. */
  readonly image: string;
  readonly deploy: () => Promise<void>;
}

/** Deploys while customers come, who stay until nothing of another version is left. */
export async function deployUnderLoad(
  context: TestContext,
  stack: Stack,
  { releases, image, deploy }: Deployment,
): Promise<Tally> {
  const began = performance.now();
  const customers = sendCustomers(stack.origin, { releases });
  try {
    await deploy();
    await untilServes(stack, image);
  } finally {
    await customers.stop();
  }
  const tally = customers.tally();
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const counted = `${tally.requests} requests, ${tally.failed.length} failed, ${tally.wrong.length} wrong`;
  context.diagnostic(`${counted}, in ${seconds} s; right answers by release: ${JSON.stringify(tally.releases)}`);
  return tally;
}

/** None failed, none was wrong, and every release that may have answered has. */
export function assertFlawless(tally: Tally, releases: readonly Release[]): void {
  assert.deepEqual(tally.failed, []);
  assert.deepEqual(tally.wrong, []);
  assert.deepEqual(Object.keys(tally.releases).toSorted(), releases);
  // As many as customers would send: the load was there all the time.
  assert.ok(tally.requests > 500, `only ${tally.requests} requests`);
}
