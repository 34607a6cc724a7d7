import { readProcess, treeOf, type ProcessEntry } from "../proc.ts";
import { docker, tryDocker, type DockerEnd } from "./docker.ts";
import { waitLong } from "./patience.ts";

export type DockerHealth = "starting" | "healthy" | "unhealthy";

/** The parts of `docker inspect` that the tests read. */
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

/** A container of the engine. Declare it with `await using`: it is removed at the end of the block. */
export interface EngineContainer extends AsyncDisposable {
  readonly id: string;
  readonly inspect: () => Promise<Inspected>;
  /** Its stdout and stderr so far. */
  readonly logs: () => Promise<string>;
  /** Runs a command in the container. */
  readonly exec: (...command: readonly string[]) => Promise<DockerEnd>;
  /** The engine's state of the HEALTHCHECK. */
  readonly health: () => Promise<DockerHealth | undefined>;
  readonly untilHealth: (status: DockerHealth) => Promise<void>;
  /** Waits until the HEALTHCHECK's last output matches. */
  readonly untilProbe: (output: RegExp) => Promise<void>;
  /** An address that the host can reach. */
  readonly address: () => Promise<string>;
  readonly send: (signal: string) => Promise<void>;
  /** Runs `docker stop`: SIGTERM, and SIGKILL after these seconds. */
  readonly stop: (seconds?: number) => Promise<Stopped>;
  /** Waits for its end. Returns its exit code. */
  readonly ended: () => Promise<number>;
  /** All its processes, with the host's pids. */
  readonly processes: () => Promise<readonly ProcessEntry[]>;
}

export interface Stopped {
  readonly code: number;
  /** From the command to its end, by the engine's clock (the same machine). */
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
      waitLong(`the health check to print ${output}`, async () =>
        output.test((await inspect()).State.Health?.Log.at(-1)?.Output ?? ""),
      ),
    async address() {
      const { Networks } = (await inspect()).NetworkSettings;
      const [network] = Object.values(Networks);
      if (!network?.IPAddress) throw new Error("the container has no address: it is not running, or has no network");
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
