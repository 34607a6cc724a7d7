import type { Release } from "../containers/shop.ts";
import { showEvidence } from "./evidence.ts";
import type { Home } from "./home.ts";

export interface Scenario {
  /** For --only. */
  readonly name: string;
  /** What must hold, in one sentence. */
  readonly promise: string;
  /** The release that serves at its start. Default: 1.0.0. */
  readonly start?: Release;
  readonly run: (home: Home) => Promise<void>;
}

export interface Outcome {
  readonly name: string;
  readonly failure?: string;
  readonly seconds: number;
}

/** What a run of scenarios needs. */
export interface Stage {
  /** Creates a namespace. */
  readonly open: () => Promise<Home>;
  /** Deploys the release that serves at the start. */
  readonly settle: (home: Home, release: Release) => Promise<void>;
}

/** Runs one scenario after the other, each in a namespace of its own. After a failure, the next one runs. */
export async function runScenarios(scenarios: readonly Scenario[], stage: Stage): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const scenario of scenarios) {
    console.log(`\n▶ ${scenario.name}: ${scenario.promise}`);
    const began = performance.now();
    const failure = await failureOf(scenario, stage);
    const seconds = Math.round((performance.now() - began) / 1000);
    outcomes.push({ name: scenario.name, seconds, ...(failure !== undefined && { failure }) });
    console.log(failure === undefined ? `✔ ${scenario.name} (${seconds} s)` : `✖ ${scenario.name} (${seconds} s)`);
  }
  return outcomes;
}

async function failureOf({ run, start = "1.0.0" }: Scenario, { open, settle }: Stage): Promise<string | undefined> {
  let home: Home | undefined;
  try {
    home = await open();
    await settle(home, start);
    await run(home);
    return undefined;
  } catch (error) {
    const failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
    console.error(failure);
    if (home !== undefined) await showEvidence(home);
    return failure;
  } finally {
    await home?.remove();
  }
}

/** Picks the scenarios with these names, all if there are none. Throws if a name is unknown. */
export function pickScenarios(scenarios: readonly Scenario[], names: readonly string[]): readonly Scenario[] {
  const known = scenarios.map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new RangeError(`unknown scenario: ${unknown.join(", ")}. Allowed: ${known.join(", ")}`);
  return names.length === 0 ? scenarios : scenarios.filter(({ name }) => names.includes(name));
}

/** One line for each scenario. */
export function summarise(outcomes: readonly Outcome[]): string {
  const lines = outcomes.map(({ name, failure, seconds }) => {
    const [cause = ""] = failure?.split("\n", 1) ?? [];
    return failure === undefined ? `✔ ${name} (${seconds} s)` : `✖ ${name} (${seconds} s): ${cause}`;
  });
  const failed = outcomes.filter(({ failure }) => failure !== undefined).length;
  return [...lines, `${outcomes.length} scenarios, ${failed} failed`].join("\n");
}
