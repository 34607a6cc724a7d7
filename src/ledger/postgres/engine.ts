import type { Engine } from "../engine.ts";
import { hasRoom, listen } from "./notifications.ts";
import { instances } from "./tables/instances.ts";
import { describeUpgrade } from "./running-upgrade.ts";
import { readHistory } from "./tables/history.ts";
import { readRelease } from "./tables/releases.ts";

export const postgres: Engine = {
  readHistory,
  readRelease,
  describeUpgrade,
  notifications: { hasRoom, listen },
  instances,
  async openLedger(url, options) {
    // Loaded late: a look does not need it.
    const { openLedger } = await import("./ledger.ts");
    return openLedger(url, options);
  },
};
