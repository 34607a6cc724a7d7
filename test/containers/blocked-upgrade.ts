import { waitLong } from "../harness/engine/patience.ts";

/** Keeps an upgrade to release 2 of the shop half-way: its first migration can be applied, and its second one waits. */
export interface BlockedUpgrade {
  /** Waits until an upgrade is half-way. `describe` adds the current state to the error at the timeout. */
  readonly untilHalfWay: (describe: () => Promise<string>) => Promise<void>;
  readonly letGo: () => Promise<void>;
}

/** Blocks the second migration: it must insert the same row to record itself. */
const hold = "INSERT INTO seaworthy.migrations (name, checksum) VALUES ('0003_fill_cents', '')";

/** `query` runs SQL in one transaction, in a session of its own, and returns the output. */
export async function blockUpgrade(query: (...sql: readonly string[]) => Promise<string>): Promise<BlockedUpgrade> {
  const sessions = async (like: string) =>
    Number(
      await query(`SELECT count(*) FROM pg_stat_activity
        WHERE state = 'active' AND query LIKE '${like}' AND pid <> pg_backend_pid()`),
    );
  const held = query(hold, "SELECT pg_sleep(600)").catch(() => {});
  await waitLong("the lock on the second migration's row", async () => (await sessions("SELECT pg_sleep(600)")) === 1);
  return {
    async untilHalfWay(describe) {
      await waitLong("the upgrade to be half-way", async () => (await sessions("%SET price = price%")) === 1, describe);
    },
    async letGo() {
      await query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)'`);
      await held;
    },
  };
}
