import { readProcess, treeOf, type ProcessEntry } from "../proc.ts";
import { docker, tryDocker, type DockerEnd } from "./docker.ts";
import { waitLong } from "./patience.ts";

export type DockerHealth = "starting" | "healthy" | "unhealthy";

/** What the tests read of `docker inspect`. */
export interface Inspected {
  readonly State: {
    readonly Status: string;
    readonly Running: boolean;
    readonly Pid: number;
    readonly ExitCode: number;
    readonly OOMKilled: boolean;
    readonly StartedAt: string;
    readonly FinishedAt: string;
    readonly Health?: {
      readonly Status: DockerHealth;
      readonly Log: readonly { readonly ExitCode: number; readonly Output: string }[];
    };
  };
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>> };
}

/** A container of the engine. Declared with `await using`, it is gone at the end of the block. */
export interface EngineContainer extends AsyncDisposable {
  readonly id: string;
  readonly inspect: () => Promise<Inspected>;
  /** stdout and stderr of what it has written so far. */
  readonly logs: () => Promise<string>;
  /** Runs a command in it. */
  readonly exec: (...command: readonly string[]) => Promise<DockerEnd>;
  /** What the engine makes of its HEALTHCHECK. */
  readonly health: () => Promise<DockerHealth | undefined>;
  readonly untilHealth: (status: DockerHealth) => Promise<void>;
  /** Until the HEALTHCHECK's last output is like this. */
  readonly untilProbe: (output: RegExp) => Promise<void>;
  /** An address that the host can reach. */
  readonly address: () => Promise<string>;
  readonly send: (signal: string) => Promise<void>;
  /** As `docker stop`: SIGTERM, and SIGKILL after the seconds. */
  readonly stop: (seconds?: number) => Promise<Stopped>;
  /** Its exit code, when it has ended. */
  readonly ended: () => Promise<number>;
  /** All that runs in it, as the host sees it. */
  readonly processes: () => Promise<readonly ProcessEntry[]>;
}

export interface Stopped {
  readonly code: number;
  /** From the order to its end, by the engine's clock, which is this machine's. */
  readonly tookMs: number;
}

export function containerOf(id: string): EngineContainer {
  const inspect = async () => {
    const [inspected] = JSON.parse(await docker(["inspect", id])) as readonly [Inspected];
    return inspected;
  };
  const health = async () => (await inspect()).State.Health?.Status;
  const logs = async () => {
    const { stdout, stderr } = await tryDocker(["logs", id]);
    return stdout + stderr;
  };
  const ended = async () => Number(await docker(["wait", id]));
  return {
    id,
    inspect,
    logs,
    health,
    ended,
    exec: (...command) => tryDocker(["exec", id, ...command]),
    untilHealth: (status) =>
      waitLong(
        `the container to be ${status}`,
        async () => {
          const { Health, Status } = (await inspect()).State;
          if (Status === "exited" || Status === "dead") throw new Error(`it ended:\n${await logs()}`);
          return Health?.Status === status;
        },
        async () => `${JSON.stringify((await inspect()).State, null, 1)}\n${await logs()}`,
      ),
    untilProbe: (output) =>
      waitLong(`the health check to say ${output}`, async () =>
        output.test((await inspect()).State.Health?.Log.at(-1)?.Output ?? ""),
      ),
    async address() {
      const { Networks } = (await inspect()).NetworkSettings;
      const [network] = Object.values(Networks);
      if (!network?.IPAddress) throw new Error("the container has no address: it does not run, or has no network");
      return network.IPAddress;
    },
    send: async (signal) => void (await docker(["kill", `--signal=${signal}`, id])),
    async stop(seconds = 10) {
      const start = Date.now();
      await docker(["stop", `--time=${seconds}`, id]);
      const { ExitCode, FinishedAt } = (await inspect()).State;
      return { code: ExitCode, tookMs: Date.parse(FinishedAt) - start };
    },
    async processes() {
      const { Pid } = (await inspect()).State;
      return readProcess(Pid) === undefined ? [] : treeOf(Pid);
    },
    [Symbol.asyncDispose]: async () => void (await docker(["rm", "--force", "--volumes", id])),
  };
}
