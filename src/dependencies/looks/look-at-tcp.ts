import { connect } from "node:net";
import { messageOf } from "../../kernel/failure.ts";
import type { Observation } from "../../kernel/observation.ts";

export interface TcpDependency {
  readonly host: string;
  readonly port: number;
}

/** Checks that an address accepts connections. It has no version. */
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
