import { parseHostPort } from "../kernel/host-port.ts";

/** The address of the health endpoint: a port or a unix socket. */
export type ListenAddress = { readonly host: string; readonly port: number } | { readonly path: string };

export const defaultListen = "127.0.0.1:7979";

/** Parses `host:port` (an IPv6 address in brackets) or `unix:/path`. */
export function parseListen(listen: string): ListenAddress {
  return listen.startsWith("unix:") ? { path: listen.slice("unix:".length) } : parseHostPort(listen);
}

/** Whether only this machine, or this container, can reach it. */
export function isLoopback(address: ListenAddress): boolean {
  return "host" in address && /^(127\..*|localhost|::1)$/i.test(address.host);
}

/** The address for connecting to the server from this machine. */
export function probeAddress(address: ListenAddress): ListenAddress {
  if ("path" in address) return address;
  const { host, port } = address;
  if (host === "0.0.0.0") return { host: "127.0.0.1", port };
  return host === "::" ? { host: "::1", port } : address;
}

/** For people: `http://127.0.0.1:7979`, `unix:/run/seaworthy.sock`. */
export function describeAddress(address: ListenAddress): string {
  if ("path" in address) return `unix:${address.path}`;
  return `http://${address.host.includes(":") ? `[${address.host}]` : address.host}:${address.port}`;
}
