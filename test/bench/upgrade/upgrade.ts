import { lacksMariadb } from "../../harness/mariadb.ts";
import type { Suite, SuiteOptions } from "../suite.ts";
import { measureApply } from "./apply.ts";
import { fetchTools, type Tools } from "./fetch.ts";
import type { Setting } from "./image.ts";
import { recordingFloorName } from "./mariadb-floor.ts";
import { openMariadb } from "./mariadb-server.ts";
import { measureNoOp } from "./no-op.ts";
import { atomicFloorName } from "./postgres-floors.ts";
import { openPostgres } from "./postgres-server.ts";
import { listRunners } from "./runners.ts";

/**
 * `--upgrade` and other migration tools, each as a whole process. Targets: applying takes at most 1.15 × the floor of
 * its engine, which records as well; with nothing to do, on Postgres, at most 1.25 × Node with a connection and one query,
 * for any length of the history. Both are faster than every other tool.
 */
export const upgrade: Suite = async (options) => {
  console.error("upgrade: fetching the other tools from npm");
  const tools = await fetchTools(options.shop.newFolder());
  const parts = [...(await onPostgres(tools, options)), ...(await onMariadb(tools, options))];
  return { results: parts.flatMap(({ results }) => results), tables: parts.flatMap(({ tables }) => tables) };
};

type Part = Awaited<ReturnType<Suite>>;

async function onPostgres(tools: Tools, options: SuiteOptions): Promise<readonly Part[]> {
  const server = await openPostgres();
  const engine = "Postgres";
  const runners = listRunners(engine, { ...options, tools });
  const setting = { engine, server, runners, applyFloor: atomicFloorName, newFolder: options.shop.newFolder } as const;
  try {
    return [...(await applyParts(setting, options)), await measureNoOp(setting, options.quick ? 5 : 40)];
  } finally {
    await server.stop();
  }
}

async function onMariadb(tools: Tools, options: SuiteOptions): Promise<readonly Part[]> {
  const missing = lacksMariadb();
  if (missing !== undefined) return [{ results: [], tables: [`upgrade: MariaDB, left out: ${missing}`] }];
  const server = await openMariadb();
  const engine = "MariaDB";
  const runners = listRunners(engine, { ...options, tools });
  const setting = { engine, server, runners, applyFloor: recordingFloorName, newFolder: options.shop.newFolder };
  try {
    return await applyParts({ ...setting, engine }, options);
  } finally {
    await server.stop();
  }
}

async function applyParts(setting: Setting, { quick }: SuiteOptions): Promise<readonly Part[]> {
  return [await measureApply(setting, 100, quick ? 3 : 20), await measureApply(setting, 1000, quick ? 1 : 5)];
}
