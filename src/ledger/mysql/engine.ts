import type { Engine } from "../engine.ts";
import { describeUpgrade } from "./running-upgrade.ts";
import { readHistory } from "./tables/history.ts";
import { instances } from "./tables/instances.ts";
import { readRelease } from "./tables/releases.ts";

/** MySQL ≥ 8.0 and MariaDB ≥ 10.6: their DDL statements are atomic. */
export const mysql: Engine = {
  readHistory,
  readRelease,
  describeUpgrade,
  instances,
  async openLedger(url, options) {
    // Loaded late: a look does not need it.
    const { openLedger } = await import("./ledger.ts");
    return openLedger(url, options);
  },
};
