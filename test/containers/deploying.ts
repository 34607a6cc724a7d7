import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { waitLong } from "../harness/engine/patience.ts";
import { sendCustomers, type Tally } from "./customers.ts";
import type { Release } from "./shop.ts";
import type { Stack } from "./stack.ts";

/** Waits until there are three tasks of this image and no others. */
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
  /** Releases that may answer during the deployment. */
  readonly releases: readonly Release[];
  /** The image that must serve in the end. */
  readonly image: string;
  readonly deploy: () => Promise<void>;
}

/** Deploys under load. The load lasts until no task of another version is left. */
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

/** Asserts that no request failed, no answer was wrong, and each of the releases answered. */
export function assertFlawless(tally: Tally, releases: readonly Release[]): void {
  assert.deepEqual(tally.failed, []);
  assert.deepEqual(tally.wrong, []);
  assert.deepEqual(Object.keys(tally.releases).toSorted(), releases);
  // Shows that there was load all the time.
  assert.ok(tally.requests > 500, `only ${tally.requests} requests`);
}
