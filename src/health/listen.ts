import { parseHostPort } from "../kernel/host-port.ts";

/** Where the health endpoint listens: a port, or a unix socket. */
export type ListenAddress = { readonly host: string; readonly port: number } | { readonly path: string };

export const defaultListen = "127.0.0.1:7979";

/** Reads `host:port`, where an IPv6 address stands in brackets, or `unix:/path`. */
export function parseListen(listen: string): ListenAddress {
  return listen.startsWith("unix:") ? { path: listen.slice("unix:".length) } : parseHostPort(listen);
}

/** The address at which this machine reaches a server that listens there. */
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
