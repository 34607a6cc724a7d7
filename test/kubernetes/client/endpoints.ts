import { request as requestPlain } from "node:http";
import { request as requestSecure } from "node:https";
import type { IncomingMessage } from "node:http";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";

/** How a Pod reaches the API server. */
export interface ApiServer {
  readonly origin: string;
  readonly token: string;
  readonly authority?: string;
}

export interface ReadyAddresses {
  /** Addresses such as http://10.1.2.3:8080. */
  readonly now: () => readonly string[];
  readonly close: () => void;
}

interface EndpointSlice {
  readonly metadata: { readonly name: string };
  readonly endpoints?:
    | readonly {
        readonly addresses: readonly string[];
        readonly conditions?: { readonly ready?: boolean };
      }[]
    | null;
  readonly ports?: readonly { readonly port?: number }[] | null;
}

interface SliceList {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly EndpointSlice[];
}

interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: EndpointSlice;
}

const pauseAfterErrorMs = 200;

/** Follows the ready addresses of a Service as an ingress does: it lists its EndpointSlices, and then watches them. */
export function watchReady(api: ApiServer, namespace: string, service: string): ReadyAddresses {
  const end = new AbortController();
  let slices = new Map<string, EndpointSlice>();

  async function follow(): Promise<void> {
    const path = await slicesPath(api, namespace, end.signal);
    const selector = `labelSelector=${encodeURIComponent(`kubernetes.io/service-name=${service}`)}`;
    const listed = JSON.parse(await textOf(await get(api, `${path}?${selector}`, end.signal))) as SliceList;
    slices = new Map(listed.items.map((slice) => [slice.metadata.name, slice]));
    const from = `watch=true&resourceVersion=${listed.metadata.resourceVersion}`;
    const events = await get(api, `${path}?${selector}&${from}`, end.signal);
    for await (const line of createInterface({ input: events, signal: end.signal })) {
      const { type, object } = JSON.parse(line) as WatchEvent;
      // Usually 410 Gone: the version is too old. List again.
      if (type === "ERROR") return;
      if (type === "DELETED") slices.delete(object.metadata.name);
      else if (type !== "BOOKMARK") slices.set(object.metadata.name, object);
    }
  }

  async function followForever(): Promise<void> {
    while (!end.signal.aborted) {
      try {
        await follow();
      } catch (error) {
        if (end.signal.aborted) return;
        console.error(`cannot watch EndpointSlices: ${String(error)}`);
        await pause(pauseAfterErrorMs);
      }
    }
  }

  void followForever();
  return { now: () => [...slices.values()].flatMap(readyIn), close: () => end.abort() };
}

function readyIn({ endpoints, ports }: EndpointSlice): readonly string[] {
  const port = ports?.[0]?.port;
  if (port === undefined) return [];
  // The API says that an unset condition counts as ready.
  const ready = (endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false);
  return ready.flatMap(({ addresses: [address = ""] }) => {
    const host = address.includes(":") ? `[${address}]` : address;
    return `http://${host}:${port}`;
  });
}

/** The path of the EndpointSlices in the version that this cluster prefers. */
async function slicesPath(api: ApiServer, namespace: string, signal: AbortSignal): Promise<string> {
  const group = JSON.parse(await textOf(await get(api, "/apis/discovery.k8s.io", signal))) as {
    readonly preferredVersion: { readonly groupVersion: string };
  };
  return `/apis/${group.preferredVersion.groupVersion}/namespaces/${namespace}/endpointslices`;
}

function get({ origin, token, authority }: ApiServer, path: string, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const send = origin.startsWith("https:") ? requestSecure : requestPlain;
    const options = { agent: false, signal, headers: { authorization: `Bearer ${token}` } } as const;
    const asked = send(`${origin}${path}`, { ...options, ...(authority !== undefined && { ca: authority }) });
    asked.on("error", reject).on("response", (answer) => {
      if (answer.statusCode === 200) return resolve(answer);
      textOf(answer).then((text) => reject(new Error(`${path}: ${answer.statusCode} ${text}`)), reject);
    });
    asked.end();
  });
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = "";
  for await (const part of answer.setEncoding("utf8")) text += part;
  return text;
}
