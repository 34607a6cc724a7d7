import { parseHostPort } from "../../kernel/host-port.ts";
import type { CommonSettings, Kind } from "./kind.ts";

interface TcpSettings extends CommonSettings {
  /** host:port */
  readonly address: string;
}

export const tcpKind = {
  componentType: "component",
  endsItself: true,
  async prepare(settings: TcpSettings) {
    const address = parseHostPort(settings.address);
    const openLook = async () => {
      const { lookAtTcp } = await import("../looks/look-at-tcp.ts");
      return () => lookAtTcp(address, AbortSignal.timeout(settings.timeoutMs));
    };
    return { kind: "tcp", settings, openLook } as const;
  },
} as const satisfies Kind<TcpSettings, unknown>;
