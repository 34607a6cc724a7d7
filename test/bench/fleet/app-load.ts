import type { FleetServer } from "./engines.ts";

/** The connections of an app's pools: one is closed and opened again ten times a second. */
export interface AppLoad {
  readonly opened: () => number;
  readonly refused: () => readonly string[];
  readonly stop: () => Promise<void>;
}

const connections = 60;
const renewEveryMs = 100;

export async function startApp({ connect }: Pick<FleetServer, "connect">): Promise<AppLoad> {
  const refused: string[] = [];
  let opened = 0;
  const open = async () => {
    opened++;
    try {
      return await connect();
    } catch (error) {
      refused.push(String(error));
      return undefined;
    }
  };
  const pool: Awaited<ReturnType<typeof open>>[] = [];
  while (pool.length < connections) pool.push(await open());
  let next = 0;
  let running = Promise.resolve();
  const timer = setInterval(() => {
    running = running.then(async () => {
      const place = next++ % connections;
      await pool[place]?.close();
      pool[place] = await open();
    });
  }, renewEveryMs);
  return {
    opened: () => opened,
    refused: () => refused,
    async stop() {
      clearInterval(timer);
      await running;
      for (const one of pool) await one?.close();
    },
  };
}
