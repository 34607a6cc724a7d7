import { docker } from "./docker.ts";
import { waitLong } from "./patience.ts";

/** The network between overlay networks and the host. The engine creates it for a swarm, and keeps it. */
const bridge = "docker_gwbridge";

/** The engine as a single-node swarm. */
export interface Swarm {
  /** Leaves the swarm if it was created here. */
  readonly leave: () => Promise<void>;
}

export async function enterSwarm(): Promise<Swarm> {
  const state = await docker(["info", "--format={{.Swarm.LocalNodeState}}"]);
  if (state === "active") return { leave: () => Promise.resolve() };
  const hadBridge = await networkExists(bridge);
  await docker(["swarm", "init", "--advertise-addr=127.0.0.1", "--listen-addr=127.0.0.1"]);
  return {
    async leave() {
      await docker(["swarm", "leave", "--force"]);
      if (hadBridge) return;
      await waitLong(`the network ${bridge} to be unused`, () => removed(bridge));
    },
  };
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
