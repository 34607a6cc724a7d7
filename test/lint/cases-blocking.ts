import { columnCases } from "./cases-blocking-columns.ts";
import { tableCases } from "./cases-blocking-tables.ts";
import type { RuleCases } from "./cases.ts";

/** Cases for every rule of rules-blocking.ts, on the tables of shop.ts. */
export const blockingCases: readonly RuleCases[] = [...columnCases, ...tableCases];
