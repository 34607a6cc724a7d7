import type { Suite } from "../suite.ts";
import { databaseLoad } from "./database-load.ts";
import { load } from "./load.ts";
import { probeCost } from "./probe.ts";
import { waiting } from "./waiting.ts";

/** The health endpoint and its peers: throughput, load on the database, time until a change shows, cost of a probe. */
export const health: Suite = async (options) => {
  const parts = [];
  for (const measure of [load, databaseLoad, waiting, probeCost]) parts.push(await measure(options));
  return { results: parts.flatMap(({ results }) => results), tables: parts.map(({ table }) => table) };
};
