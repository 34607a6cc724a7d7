import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseListen, probeAddress } from "../../src/health/listen.ts";

describe("the address to listen on, and the address for probes", () => {
  for (const [listen, host, port, probedHost] of [
    ["127.0.0.1:7979", "127.0.0.1", 7979, "127.0.0.1"],
    ["0.0.0.0:80", "0.0.0.0", 80, "127.0.0.1"],
    ["[::]:7979", "::", 7979, "::1"],
    ["[::1]:7979", "::1", 7979, "::1"],
    ["localhost:0", "localhost", 0, "localhost"],
  ] as const) {
    test(listen, () => {
      assert.deepEqual(parseListen(listen), { host, port });
      assert.deepEqual(probeAddress(parseListen(listen)), { host: probedHost, port });
    });
  }
});
