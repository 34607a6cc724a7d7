import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer, type AddressInfo, type Server } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { waitUntilReady, type ReadinessCheck } from "../../../src/platform/processes/readiness.ts";
import { scratchPath } from "../../harness/scratch.ts";

const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === "::1"));
const workingDirectory = scratchPath("folder");
mkdirSync(workingDirectory);
const context = { environment: { PATH: process.env["PATH"] }, workingDirectory, onSpawn: () => {} };
const never = new AbortController().signal;
const ask = (check: Omit<ReadinessCheck, "timeoutSeconds">, timeoutSeconds = 30, signal = never) =>
  waitUntilReady({ ...check, timeoutSeconds }, context, signal);

async function listen(server: Server, where: number | string = 0): Promise<number> {
  server.listen(where);
  await once(server, "listening");
  return typeof where === "string" ? 0 : (server.address() as AddressInfo).port;
}

describe("a process is ready", () => {
  test("when its port accepts a connection, by name, by number, and without a host", async (t) => {
    const server = createServer((socket) => socket.destroy());
    t.after(() => server.close());
    const port = await listen(server);
    const hosts = ["127.0.0.1", "localhost", "", ...(hasIpv6 ? ["[::1]"] : [])];
    await Promise.all(hosts.map((host) => ask({ tcp: `${host}:${port}` })));
  });

  test("when its socket accepts one, relative to its own working directory", async (t) => {
    const server = createServer((socket) => socket.destroy());
    t.after(() => server.close());
    await listen(server, join(workingDirectory, "app.sock"));
    await ask({ socket: join(workingDirectory, "app.sock") });
    await ask({ socket: "app.sock" });
  });

  test("when its file exists", async () => {
    const asked = ask({ file: "ready" });
    writeFileSync(join(workingDirectory, "ready"), "");
    await asked;
  });

  test("when it answers with 200 to 399", async (t) => {
    const answers = [500, 404, 399];
    const server = createHttpServer((_, response) => response.writeHead(answers.shift() ?? 500).end());
    t.after(() => server.close());
    await ask({ http: `http://127.0.0.1:${await listen(server)}/` });
    assert.deepEqual(answers, []);
  });

  test("when its command exits with 0, in its environment and its working directory", async () => {
    const pids: number[] = [];
    const onSpawn = (pid: number) => void pids.push(pid);
    const script = `echo >>tries; [ "$NAME" = value ] && [ "$(wc -l <tries)" -ge 2 ]`;
    await waitUntilReady(
      { command: ["sh", "-c", script], timeoutSeconds: 30 },
      { ...context, environment: { ...context.environment, NAME: "value" }, onSpawn },
      never,
    );
    assert.equal(pids.length, 2);
  });
});

describe("a process that is never ready", () => {
  for (const { check, message } of [
    { check: { tcp: "127.0.0.1:1" }, message: "nothing accepted a connection on 127.0.0.1:1 within 0.1 s" },
    { check: { socket: "/no/socket" }, message: "nothing accepted a connection on /no/socket within 0.1 s" },
    {
      check: { http: "http://127.0.0.1:1/" },
      message: "http://127.0.0.1:1/ did not answer with 200 to 399 within 0.1 s",
    },
    { check: { file: "/no/file" }, message: "the file /no/file did not appear within 0.1 s" },
    { check: { command: ["false"] }, message: "the command false did not exit with 0 within 0.1 s" },
    {
      check: { command: ["no-such-command"] },
      message: "the command no-such-command did not exit with 0 within 0.1 s",
    },
  ]) {
    test(`fails after the time limit: ${Object.keys(check).join("")} ${Object.values(check).join("")}`, async () => {
      await assert.rejects(ask(check, 0.1), { message });
    });
  }

  test("is not checked any more after a cancellation, which also ends its command", async () => {
    const called = new AbortController();
    const ends: Promise<unknown>[] = [];
    const onSpawn = (_: number, ended: Promise<unknown>) => {
      ends.push(ended);
      called.abort();
    };
    const check = { command: ["sleep", "1000"], timeoutSeconds: 1000 };
    await assert.rejects(waitUntilReady(check, { ...context, onSpawn }, called.signal), { name: "AbortError" });
    assert.deepEqual(await Promise.all(ends), [false]);
  });
});
