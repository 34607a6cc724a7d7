import assert from "node:assert/strict";
import { waitLong } from "../harness/engine/patience.ts";
import type { Home } from "./home.ts";
import { createKubectl } from "./kubectl.ts";
import { killerOf, namespaceOf } from "./manifests.ts";
import type { Pod } from "./pods.ts";

/** Kills PID 1 of a Pod, from a privileged Pod on its node, in a namespace of its own. Waits for the end. */
export async function killPod({ namespace, images, kubectl }: Home, { metadata, spec }: Pod): Promise<void> {
  assert.ok(spec.nodeName);
  const own = `${namespace}-killer`;
  const caller = createKubectl();
  const inside = `--namespace=${own}`;
  const exitCode = "--output=jsonpath={.status.containerStatuses[0].state.terminated.exitCode}";
  await caller.apply(namespaceOf(own, "privileged"));
  try {
    await waitLong("the service account", async () => {
      return (await caller.attempt([inside, "get", "serviceaccount", "default"])).code === 0;
    });
    const killer = JSON.stringify(killerOf(images.clients, metadata.name, spec.nodeName));
    await caller.run([inside, "apply", "--filename=-"], killer);
    await waitLong(
      `${metadata.name} to end with 137`,
      async () => (await kubectl.run(["get", "pod", metadata.name, exitCode])) === "137",
      async () => {
        const { stdout, stderr } = await caller.attempt([inside, "logs", "killer"]);
        return `${stdout}${stderr}${await caller.run([inside, "describe", "pod", "killer"])}`;
      },
    );
  } finally {
    await caller.run(["delete", "namespace", own, "--wait=false"]);
  }
}
