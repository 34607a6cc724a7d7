import { connect } from "node:net";
import { messageOf } from "../../kernel/failure.ts";
import type { Observation } from "../../kernel/observation.ts";

export interface TcpDependency {
  readonly host: string;
  readonly port: number;
}

/** Something that has no version to ask for: it is there, or it is not. */
export function lookAtTcp({ host, port }: TcpDependency, signal: AbortSignal): Promise<Observation> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const finish = (observation: Observation) => {
      socket.destroy();
      resolve(observation);
    };
    const unreachable = (cause: string) =>
      finish({ verdict: "unreachable", reason: `cannot reach ${host}:${port}: ${cause}` });
    socket.once("connect", () => finish({ verdict: "compatible" }));
    socket.on("error", (error) => unreachable(messageOf(error)));
    signal.addEventListener("abort", () => unreachable("no answer in time"), { once: true });
  });
}
