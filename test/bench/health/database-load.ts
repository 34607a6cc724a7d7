import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";
import { freePort } from "../../harness/postgres.ts";
import { waitFor } from "../../harness/wait.ts";
import { runRounds, type Contender } from "../rounds.ts";
import { median } from "../statistics.ts";
import type { SuiteOptions } from "../suite.ts";
import { formatTable } from "../table.ts";
import { ownCommand, statusOf, stop } from "./servers.ts";

const base = "0 probes/s";
/** Short enough for many looks in a short measurement. The jitter is a fifth. */
const intervalMs = 200;

/** Transactions in the database without probes, and with a thousand probes a second. They must be equal. */
export async function databaseLoad({ shop, quick, insideNamespace }: SuiteOptions) {
  const seconds = quick ? 5 : 20;
  const contender = (name: string, probesPerSecond: number): Contender => ({
    name,
    async measure() {
      const port = await freePort();
      const url = shop.environment["DATABASE_URL"] ?? "";
      const config = join(shop.newFolder(), "seaworthy.json");
      const schema = { kind: "schema", url, migrations: join(shop.folder, "migrations"), intervalMs };
      const release = { kind: "release", url, requires: ">=2.0", intervalMs };
      const settings = { app: { name: "shop", version: "2.3.0" }, dependencies: { schema, release } };
      writeFileSync(config, JSON.stringify({ ...settings, health: { listen: `127.0.0.1:${port}` } }));
      const [file, ...parameters] = [...ownCommand(insideNamespace), "--config", config, "sleep", "infinity"];
      const child = spawn(file, parameters, { env: shop.environment, stdio: "ignore" });
      const statistics = await openStatistics(url);
      try {
        await waitFor("health", async () => (await statusOf(`http://127.0.0.1:${port}/health`)) === 200);
        const before = await statistics.transactions();
        const answered = await probe(port, probesPerSecond, seconds);
        const after = await statistics.transactions();
        return { queries: [(after - before) / seconds], probes: [answered / seconds] };
      } finally {
        await statistics.close();
        await stop(child);
      }
    },
  });
  const rounds = quick ? 1 : 3;
  const contenders = [contender(base, 0), contender("1,000 probes/s", 1000)];
  const results = await runRounds(contenders, { title: "health: load on the database", rounds, warmUp: false });
  const title = `health: transactions a second in the database, two dependencies every ${intervalMs} ms, ${seconds} s, median of ${rounds}`;
  return {
    results,
    table: formatTable(title, results, [
      { title: "transactions/s", measure: "queries", figure: median, decimals: 2 },
      { title: `× ${base}`, measure: "queries", figure: median, decimals: 2, relativeTo: base },
      { title: "answers/s", measure: "probes", figure: median, decimals: 0 },
    ]),
  };
}

/** Counts from another database, so that these queries do not count. */
async function openStatistics(url: string) {
  const elsewhere = new URL(url);
  const name = elsewhere.pathname.slice(1);
  elsewhere.pathname = "/template1";
  const client = new Client({ connectionString: elsewhere.href });
  await client.connect();
  return {
    async transactions(): Promise<number> {
      const sql = `SELECT xact_commit + xact_rollback AS n FROM pg_stat_database WHERE datname = '${name}'`;
      const { rows } = await client.query<{ n: string }>(sql);
      return Number(rows[0]?.n);
    },
    close: () => client.end(),
  };
}

/** Sends requests on ten connections, some every ten milliseconds. Returns the number of answers. */
async function probe(port: number, perSecond: number, seconds: number): Promise<number> {
  const sockets = perSecond === 0 ? [] : Array.from({ length: 10 }, () => connect({ host: "127.0.0.1", port }));
  let answers = 0;
  for (const socket of sockets) {
    socket.setEncoding("latin1").on("data", (text: string) => (answers += text.split("HTTP/1.1 200 OK").length - 1));
  }
  const send = (socket: Socket) => socket.write("GET /health HTTP/1.1\r\nHost: shop\r\n\r\n");
  let sent = 0;
  const began = performance.now();
  const timer = setInterval(() => {
    // Send by elapsed time: timers are not exact.
    for (const due = ((performance.now() - began) / 1000) * perSecond; sent < due; sent++) {
      const socket = sockets[sent % sockets.length];
      if (socket !== undefined) send(socket);
    }
  }, 10);
  await delay(seconds * 1000);
  clearInterval(timer);
  for (const socket of sockets) socket.destroy();
  return answers;
}
