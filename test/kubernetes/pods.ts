import { waitLong } from "../harness/engine/patience.ts";
import { jobOf } from "./example.ts";
import type { Home } from "./home.ts";

export interface Pod {
  readonly metadata: { readonly name: string; readonly uid: string; readonly deletionTimestamp?: string };
  readonly spec: { readonly nodeName?: string; readonly containers: readonly { readonly image: string }[] };
  readonly status: {
    readonly phase: string;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly lastTransitionTime: string;
    }[];
    readonly containerStatuses?: readonly { readonly restartCount: number; readonly ready: boolean }[];
  };
}

export async function podsOf({ kubectl }: Home, selector: string): Promise<readonly Pod[]> {
  const { items } = await kubectl.json<{ readonly items: readonly Pod[] }>(["get", "pods", `--selector=${selector}`]);
  return items;
}

/** Pods of the shop that have not been told to stop. */
export async function shopPods(home: Home): Promise<readonly Pod[]> {
  return (await podsOf(home, "app=shop")).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

/** The Pods of a version's upgrade, the ended ones too. */
export function jobPods(home: Home, version: string): Promise<readonly Pod[]> {
  return podsOf(home, `job-name=${jobOf(version)}`);
}

/** The Pod of the upgrade that is at work. */
export async function workingPod(home: Home, version: string): Promise<Pod> {
  const running = (await jobPods(home, version)).find(
    ({ metadata, status }) => status.phase === "Running" && metadata.deletionTimestamp === undefined,
  );
  if (running === undefined) throw new Error(`no Pod of ${jobOf(version)} is running`);
  return running;
}

export const releaseOf = (pod: Pod) => pod.spec.containers[0]?.image.split(":").at(-1);

/** Asks for a Pod's eviction, as a drain of its node does. Returns false if a budget does not allow it now. */
export async function evict({ kubectl, namespace }: Home, pod: string): Promise<boolean> {
  const group = await kubectl.run(["get", "--raw", "/apis/policy"]);
  const { preferredVersion } = JSON.parse(group) as { readonly preferredVersion: { readonly groupVersion: string } };
  const eviction = {
    apiVersion: preferredVersion.groupVersion,
    kind: "Eviction",
    metadata: { name: pod, namespace },
  };
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}/eviction`;
  const { code, stderr } = await kubectl.attempt(["create", `--raw=${path}`, "--filename=-"], JSON.stringify(eviction));
  if (code === 0) return true;
  if (/disruption budget|TooManyRequests/.test(stderr)) return false;
  throw new Error(`cannot evict ${pod}: ${stderr}`);
}

/** Waits until a Job has this condition. */
export async function untilJob({ kubectl }: Home, version: string, condition: "Complete" | "Failed"): Promise<void> {
  const path = `jsonpath={.status.conditions[?(@.status=="True")].type}`;
  const conditions = async () => (await kubectl.run(["get", "job", jobOf(version), `--output=${path}`])).split(" ");
  await waitLong(
    `${jobOf(version)} to be ${condition}`,
    async () => (await conditions()).includes(condition),
    () => kubectl.run(["describe", "job", jobOf(version)]),
  );
}
