import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import type { Container, ContainerOptions } from "../../harness/container.ts";
import { startWatched, type Watched } from "../../harness/health.ts";
import { python } from "../../harness/python.ts";
import { scratchPath } from "../../harness/scratch.ts";
import { waitFor } from "../../harness/wait.ts";

/** A gate for test/fixtures/pid1/listens.py: the app listens once it is open. */
export function createGate() {
  const path = scratchPath("gate");
  return { path, open: () => writeFileSync(path, "") };
}

/** An app that listens once the gate is open. */
export const listens = (kind: string, gate: { readonly path: string }) => python("listens.py", kind, gate.path);

/** Undefined: the rule for an app without a setting. The harness sets false otherwise. */
export const notSet = { app: { name: "shop", ready: undefined } };

interface Variant {
  readonly asPid1: boolean;
  readonly build: "bundle" | "program" | "nothing";
}

/** Starts an app without `ready`. */
export function startListening(
  { asPid1, build }: Variant,
  argv: readonly string[],
  { settings = {}, ...options }: ContainerOptions = {},
): Watched {
  assert.notEqual(build, "nothing");
  return startWatched({
    build: build === "program" ? "program" : "bundle",
    asPid1,
    argv,
    settings: { ...notSet, ...settings },
    ...options,
  });
}

/** The app runs, and its health waits for it to listen. */
export async function assertWaiting(watched: Watched, reason = "it does not listen yet"): Promise<void> {
  const check = await watched.untilVerdict("app", "unreachable");
  assert.equal(check.status, "fail");
  assert.equal(check.output, `the app is not ready: ${reason}`);
  const { status, body } = await watched.health("/readyz");
  assert.equal(status, 503);
  assert.match(body.output ?? "", /^app is unreachable: the app is not ready: /);
  assert.equal((await watched.health("/startupz")).status, 503);
  assert.equal((await watched.health("/health/app")).status, 503);
  assert.equal((await watched.health("/livez")).status, 200);
}

/** Health passes, and no longer has a check for the app: nothing watches that. */
export async function untilReady(watched: Watched): Promise<void> {
  await waitFor("200", async () => (await watched.health()).status === 200);
  assert.equal((await watched.health("/startupz")).status, 200);
  assert.equal((await watched.health()).body.checks?.["app:version"], undefined);
}

/** The lines of the log about listening. */
export const decisions = (container: Container) =>
  container
    .stderr()
    .split("\n")
    .filter((line) => /listens? on|counts? as ready/.test(line));
