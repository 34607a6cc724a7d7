import { readFileSync } from "node:fs";
import { closeAtExec } from "../../src/platform/inheritance/descriptors.ts";
import { execute } from "../../src/platform/processes/execute.ts";
import type { LaunchPlan } from "../../src/platform/processes/launch.ts";
import { becomeForeground } from "../../src/platform/terminal/terminal.ts";

/** Turns this process, which run mode has started, into the app. Returns only by throwing. */
export function launch({ descriptor }: { readonly descriptor: number }): never {
  const plan = JSON.parse(readFileSync(descriptor, "utf8")) as LaunchPlan;
  closeAtExec([descriptor]);
  if (plan.inForeground) becomeForeground();
  return execute(plan);
}
