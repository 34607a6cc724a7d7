import assert from "node:assert/strict";
import { endpointOf } from "../../harness/endpoint.ts";
import { configuration, type ImageFiles } from "../../harness/image.ts";
import type { Suite } from "../../harness/leaks.ts";
import { runProgram, startProgram, type RunningProgram } from "../../harness/program.ts";
import type { HealthJson } from "./health-json.ts";

export const schemaOnly = (url: string, more: object = {}) =>
  configuration({ dependencies: { schema: { kind: "schema", url, ...more } } });
export const oneMigration = { "migrations/1_a.sql": "SELECT 1;" };

/** The harness sets a variable for a free port, which would win over the configuration. */
export const withoutListen = { SEAWORTHY_HEALTH_LISTEN: undefined } as unknown as Readonly<Record<string, string>>;

/** An app that runs until it is stopped, and the address of its health endpoint. */
export async function startApp(suite: Suite, files: ImageFiles, environment: Readonly<Record<string, string>> = {}) {
  const { folder } = suite.image(files);
  const program = startProgram(["sleep", "1000"], { workingDirectory: folder, environment });
  return { program, folder, url: await endpointOf(program) };
}

export async function stop(...programs: readonly RunningProgram[]): Promise<void> {
  for (const program of programs) await program.signal("SIGTERM");
  for (const program of programs) await program.ended;
}

export async function upgrade(suite: Suite, files: ImageFiles): Promise<void> {
  const ended = await runProgram(["--upgrade"], { workingDirectory: suite.image(files).folder });
  assert.equal(ended.code, 0, ended.stderr);
}

/** The check of one dependency in a valid body. */
export function checkOf(body: HealthJson, name: string): Readonly<Record<string, unknown>> {
  const check = body.checks[`${name}:version`]?.[0];
  assert.ok(check, JSON.stringify(body));
  return check;
}
