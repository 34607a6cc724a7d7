import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { suite, test } from "node:test";
import { waitFor } from "../harness/wait.ts";
import { watchReady } from "./client/endpoints.ts";

const slice = (name: string, ready: Readonly<Record<string, boolean | undefined>>) => ({
  metadata: { name },
  ports: [{ name: "http", port: 8080 }],
  endpoints: Object.entries(ready).map(([address, isReady]) => ({
    addresses: [address],
    conditions: isReady === undefined ? {} : { ready: isReady },
  })),
});

/** An API server with one Service's EndpointSlices. */
async function openApi(groupVersion: string, lists: readonly (readonly object[])[]) {
  const asked: string[] = [];
  let watcher: ServerResponse | undefined;
  let listed = 0;
  const server = createServer(({ url = "", headers }, answer) => {
    asked.push(`${headers.authorization} ${url}`);
    const path = `/apis/${groupVersion}/namespaces/shop-space/endpointslices?labelSelector=kubernetes.io%2Fservice-name%3Dshop`;
    if (url === "/apis/discovery.k8s.io") answer.end(JSON.stringify({ preferredVersion: { groupVersion } }));
    else if (url === path) {
      const items = lists[listed++] ?? [];
      answer.end(JSON.stringify({ metadata: { resourceVersion: `${listed}` }, items }));
    } else if (url.startsWith(`${path}&watch=true&resourceVersion=`)) {
      answer.writeHead(200);
      answer.flushHeaders();
      watcher = answer;
    } else answer.writeHead(404).end("no such path");
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    asked,
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tell: async (event: object) => {
      const open = await waitFor("the watch", () => watcher);
      open.write(`${JSON.stringify(event)}\n`);
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await once(server.close(), "close");
    },
  };
}

suite("the ready addresses of a Service", () => {
  for (const version of ["discovery.k8s.io/v1", "discovery.k8s.io/v1beta1"]) {
    test(`are listed and followed, with ${version}`, async () => {
      await using api = await openApi(version, [
        [slice("a", { "10.0.0.1": true, "10.0.0.2": false, "10.0.0.3": undefined }), slice("b", { "fd00::1": true })],
        [slice("c", { "10.0.0.9": true })],
      ]);
      const ready = watchReady({ origin: api.origin, token: "secret" }, "shop-space", "shop");
      const until = (...addresses: readonly string[]) =>
        waitFor(addresses.join(), () => JSON.stringify(ready.now()) === JSON.stringify(addresses));
      try {
        await until("http://10.0.0.1:8080", "http://10.0.0.3:8080", "http://[fd00::1]:8080");
        await api.tell({ type: "MODIFIED", object: slice("a", { "10.0.0.1": false, "10.0.0.2": true }) });
        await until("http://10.0.0.2:8080", "http://[fd00::1]:8080");
        await api.tell({ type: "DELETED", object: slice("b", {}) });
        await until("http://10.0.0.2:8080");
        await api.tell({ type: "ADDED", object: { ...slice("d", {}), endpoints: null } });
        // The version is gone: it lists again.
        await api.tell({ type: "ERROR", object: { code: 410 } });
        await until("http://10.0.0.9:8080");
      } finally {
        ready.close();
      }
      assert.ok(api.asked.every((line) => line.startsWith("Bearer secret ")));
    });
  }
});
