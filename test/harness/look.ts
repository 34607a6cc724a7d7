import assert from "node:assert/strict";
import { runContainer, type ContainerOptions } from "./container.ts";

/** A dependency in the output of `--status --json`. */
export interface Look {
  readonly name: string;
  readonly kind: string;
  readonly verdict: string;
  readonly needed?: string;
  readonly found?: string;
  readonly reason?: string;
  readonly pending?: readonly string[];
}

export interface LookedAt {
  readonly code: number | null;
  readonly looks: Readonly<Record<string, Look>>;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs --status on these dependencies. It looks at them the same way as the monitor. */
export async function lookAt(dependencies: object, options: ContainerOptions = {}): Promise<LookedAt> {
  const settings = { app: { name: "shop", version: "2.3.0" }, dependencies };
  const bundle = { build: "bundle", asPid1: false } as const;
  const { code, stdout, stderr } = await runContainer(bundle, ["--status", "--json"], { settings, ...options });
  assert.ok(stdout.startsWith("{"), `--status exited with ${code}: ${stderr}${stdout}`);
  const report = JSON.parse(stdout) as { readonly dependencies: readonly Look[] };
  return { code, stdout, stderr, looks: Object.fromEntries(report.dependencies.map((look) => [look.name, look])) };
}

/** The expected verdict of a look, and optionally more. */
export interface Expected {
  readonly verdict: string;
  readonly found?: string;
  readonly reason?: RegExp;
}

/** Settings with the expected look. The program runs once for all rows. */
export type LookTable = Readonly<Record<string, { readonly settings: object; readonly expected: Expected }>>;

export async function assertLooks(table: LookTable, options: ContainerOptions = {}): Promise<LookedAt> {
  const dependencies = Object.fromEntries(Object.entries(table).map(([name, { settings }]) => [name, settings]));
  const looked = await lookAt(dependencies, options);
  for (const [name, { expected }] of Object.entries(table)) {
    const look = looked.looks[name];
    assert.equal(look?.verdict, expected.verdict, `${name}: ${JSON.stringify(look)}`);
    if (expected.found !== undefined) assert.equal(look.found, expected.found, name);
    if (expected.reason !== undefined) assert.match(look.reason ?? "", expected.reason, name);
    assert.equal(look.reason === undefined, expected.verdict === "compatible", `${name}: ${JSON.stringify(look)}`);
  }
  return looked;
}
