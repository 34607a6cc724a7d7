/** Where the health endpoint listens. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

export const defaultListen = "127.0.0.1:7979";

/** Reads `host:port`; an IPv6 address stands in brackets. */
export function parseListen(listen: string): ListenAddress {
  const colon = listen.lastIndexOf(":");
  const host = listen.slice(0, colon).replace(/^\[(.*)\]$/, "$1");
  return { host, port: Number(listen.slice(colon + 1)) };
}

/** The address at which this machine reaches a server that listens there. */
export function probeAddress({ host, port }: ListenAddress): ListenAddress {
  if (host === "0.0.0.0") return { host: "127.0.0.1", port };
  return host === "::" ? { host: "::1", port } : { host, port };
}
