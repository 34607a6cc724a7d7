import type { Kubectl } from "./kubectl.ts";

interface Place {
  readonly kubectl: Kubectl;
  readonly namespace: string;
}

const reports = [
  ["get", "all,endpointslices,poddisruptionbudgets", "--output=wide"],
  ["get", "events", "--sort-by=.lastTimestamp"],
  ["describe", "jobs,deployments,pods"],
];

/** Prints what the cluster says about a namespace, for a failure. */
export async function showEvidence({ kubectl, namespace }: Place): Promise<void> {
  console.error(`\n--- evidence of namespace ${namespace}`);
  for (const report of reports) await show(report);
  const { stdout } = await kubectl.attempt(["get", "pods", "--output=name"]);
  for (const pod of stdout.split("\n").filter(Boolean)) {
    await show(["logs", pod, "--all-containers", "--timestamps", "--tail=200"]);
    const { code, stdout: previous } = await kubectl.attempt(["logs", pod, "--previous", "--timestamps", "--tail=100"]);
    if (code === 0) console.error(`--- before its restart\n${previous}`);
  }
  console.error(`--- end of the evidence of namespace ${namespace}\n`);

  async function show(parameters: readonly string[]): Promise<void> {
    const { stdout, stderr } = await kubectl.attempt(parameters);
    console.error(`$ kubectl ${parameters.join(" ")}\n${stdout}${stderr}`);
  }
}
