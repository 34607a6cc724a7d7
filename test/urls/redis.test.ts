import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readUrl } from "../../src/urls/read.ts";

describe("Redis", () => {
  const rows: readonly (readonly [url: string, expected: object | string])[] = [
    ["redis://h", { host: "h" }],
    ["redis://", { host: "127.0.0.1" }],
    ["redis://:pw@h:6380/0", { host: "h", port: 6380, password: "pw" }],
    ["valkey://u:p@w@h", { host: "h", user: "u", password: "p@w" }],
    ["redis://[::1]:6380?db=1&protocol=3", { host: "::1", port: 6380 }],
    ["rediss://h", { host: "h", tls: { mode: "verify-full" } }],
    ["valkeys://h?ssl_ca_certs=/ca", { host: "h", tls: { mode: "verify-full", ca: "/ca" } }],
    ["rediss://h?ssl_cert_reqs=none", { host: "h", tls: { mode: "require" } }],
    ["rediss://h?ssl_cert_reqs=CERT_NONE", { host: "h", tls: { mode: "require" } }],
    ["rediss://h?ssl_cert_reqs=required&ssl_check_hostname=false", { host: "h", tls: { mode: "verify-ca" } }],
    ["rediss://h?skip_verify=true", { host: "h", tls: { mode: "require" } }],
    ["redis://h?ssl=true", "the parameter ssl contradicts the URL's scheme: write rediss://"],
    ["redis://h?tls=true", "the parameter tls contradicts the URL's scheme: write rediss://"],
    ["redis://h?ssl_ca_certs=/ca", "TLS parameters need a URL that starts with rediss://"],
    ["rediss://h?ssl_verify=0", "the parameter ssl_verify is not supported, and seems to ask for TLS"],
    ["redis+tls://h", "+tls in the scheme is not supported: write rediss:// or valkeys://"],
    ["redis+ssl://h", "+ssl in the scheme is not supported: write rediss:// or valkeys://"],
    ["valkey+ssl://h", "+ssl in the scheme is not supported"],
    ["redis+cluster://h", { host: "h" }],
    ["redis+sentinel://h", "Sentinel is not supported: write redis://"],
    ["redis+socket:///run/redis.sock", "a socket is not supported for Redis: write a host and a port"],
    ["redis+unix:///run/redis.sock", "a socket is not supported for Redis"],
    ["redis:///run/redis.sock", "a socket is not supported for Redis"],
    ["redis://%2Frun%2Fredis.sock", "a socket is not supported for Redis"],
    ["redis:///1", { host: "127.0.0.1" }],
    ["redis://h?encryption=1", "the parameter encryption is not supported, and seems to ask for TLS: write rediss://"],
    ["redis://a,b", "several hosts are not supported for Redis"],
  ];
  for (const [url, expected] of rows) {
    test(JSON.stringify(url), () => {
      const read = readUrl(url);
      if (typeof expected === "string")
        return assert.ok("refusal" in read && read.refusal.startsWith(expected), JSON.stringify(read));
      assert.ok("address" in read, JSON.stringify(read));
      assert.deepEqual({ ...read.address }, { engine: "redis", ...expected });
    });
  }
});
