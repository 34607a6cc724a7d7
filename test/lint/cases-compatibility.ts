import { objectCases } from "./cases-compatibility-objects.ts";
import { behaviourCases } from "./cases-compatibility-behaviour.ts";
import type { RuleCases } from "./cases.ts";

/** Cases for every rule of rules-compatibility.ts, on the tables of shop.ts. */
export const compatibilityCases: readonly RuleCases[] = [...objectCases, ...behaviourCases];
