import type { Engine } from "../engine.ts";
import { readHistory } from "./tables/history.ts";
import { instances } from "./tables/instances.ts";
import { readRelease } from "./tables/releases.ts";

export const sqlite: Engine = {
  readHistory,
  readRelease,
  instances,
  async describeUpgrade(session) {
    const [row] = await session.query("SELECT seaworthy_lock_held() AS held");
    return row?.["held"] === 1 ? "an upgrade is running" : undefined;
  },
  async openLedger(url, options) {
    // Loaded late: a look does not need it.
    const { openLedger } = await import("./ledger.ts");
    return openLedger(url, options);
  },
};
