import { fetchTools } from "./fetch.ts";
import { listRunners } from "./runners.ts";
import { measureApply } from "./apply.ts";
import { measureNoOp } from "./no-op.ts";
import { openServer } from "./server.ts";
import type { Suite } from "../suite.ts";

/**
 * `--upgrade` and other migration tools, each as a whole process. Targets: applying takes at most 1.15 × the atomic
 * floor; with nothing to do, at most 1.25 × Node with a connection and one query, for any length of the history. Both
 * are faster than every other tool.
 */
export const upgrade: Suite = async ({ shop, quick, insideNamespace }) => {
  const server = await openServer();
  try {
    const runners = listRunners({ tools: await fetchTools(shop.newFolder()), insideNamespace });
    const setting = { server, runners, newFolder: shop.newFolder };
    const parts = [
      await measureApply(setting, 100, quick ? 3 : 20),
      await measureApply(setting, 1000, quick ? 1 : 5),
      await measureNoOp(setting, quick ? 5 : 40),
    ];
    return { results: parts.flatMap(({ results }) => results), tables: parts.flatMap(({ tables }) => tables) };
  } finally {
    await server.stop();
  }
};
