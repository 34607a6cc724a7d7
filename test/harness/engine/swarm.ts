import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { docker } from "./docker.ts";
import { waitLong } from "./patience.ts";

/** The network between overlay networks and the host. The engine creates it for a swarm, and keeps it. */
const bridge = "docker_gwbridge";

/**
 * Makes the engine a single-node swarm. Returns a function that leaves the swarm if it was created here.
 *
 * When an engine leaves a swarm, it forgets the names of the containers in all its networks. Containers of other test
 * files would no longer find each other. So in a whole run, the swarm lasts until every file has ended: the run sets
 * TEST_SWARM_MARK to the path of a file, whose existence tells it to leave.
 */
export async function enterSwarm(): Promise<() => Promise<void>> {
  const state = await docker(["info", "--format={{.Swarm.LocalNodeState}}"]);
  if (state === "active") return () => Promise.resolve();
  const hadBridge = await networkExists(bridge);
  await docker(["swarm", "init", "--advertise-addr=127.0.0.1", "--listen-addr=127.0.0.1"]);
  const mark = process.env["TEST_SWARM_MARK"];
  if (mark === undefined) return () => leaveSwarm(hadBridge);
  writeFileSync(mark, JSON.stringify({ hadBridge }));
  return () => Promise.resolve();
}

/** At the end of a whole run, leaves the swarm that a test file has created. */
export async function leaveMarkedSwarm(mark: string): Promise<void> {
  const { hadBridge } = JSON.parse(readFileSync(mark, "utf8")) as { readonly hadBridge: boolean };
  rmSync(mark);
  await leaveSwarm(hadBridge);
}

async function leaveSwarm(hadBridge: boolean): Promise<void> {
  await docker(["swarm", "leave", "--force"]);
  if (!hadBridge) await waitLong(`the network ${bridge} to be unused`, () => removed(bridge));
}

async function networkExists(name: string): Promise<boolean> {
  return (await docker(["network", "ls", "--quiet", `--filter=name=^${name}$`])) !== "";
}

async function removed(network: string): Promise<boolean> {
  try {
    await docker(["network", "rm", network]);
    return true;
  } catch {
    return !(await networkExists(network));
  }
}
