import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { inPath, install } from "../peers.ts";
import { runRounds, type Contender, type Measured } from "../rounds.ts";
import { median } from "../statistics.ts";
import type { SuiteOptions } from "../suite.ts";
import { formatTable, type Column } from "../table.ts";
import { base, listServers, startServer } from "./servers.ts";

const connections = [1, 50, 500];

/** Requests a second and p99 latency, measured by wrk (one thread) over loopback. */
export async function load({ shop, quick, insideNamespace }: SuiteOptions) {
  const servers = await listServers(shop, insideNamespace);
  const withoutWrk = inPath("wrk") ? undefined : install("wrk");
  const seconds = quick ? 1 : 4;
  const contenders = servers.map((server): Contender => ({
    name: server.name,
    leftOut: withoutWrk ?? server.leftOut,
    async measure() {
      const running = await startServer(server, shop);
      try {
        const measured: Record<string, readonly number[]> = {};
        for (const count of connections) Object.assign(measured, await runWrk(running.url, count, seconds));
        return measured;
      } finally {
        await running.stop();
      }
    },
  }));
  const rounds = quick ? 1 : 3;
  const results = await runRounds(contenders, { title: "health: requests a second", rounds, warmUp: false });
  const columns = connections.flatMap((count): readonly Column[] => [
    { title: `${count}: req/s`, measure: `rate${count}`, figure: median, decimals: 0 },
    { title: `× ${base}`, measure: `rate${count}`, figure: median, decimals: 2, relativeTo: base },
    { title: "p99 ms", measure: `p99${count}`, figure: median, decimals: 2 },
  ]);
  const title = `health: requests a second and p99 at ${connections.join(", ")} connections (wrk, ${seconds} s, median of ${rounds})`;
  return { results, table: formatTable(title, results, columns) };
}

async function runWrk(url: string, count: number, seconds: number): Promise<Measured> {
  const flags = ["-t1", `-c${count}`, `-d${seconds}s`, "--latency", url];
  const { stdout } = await promisify(execFile)("wrk", flags, { timeout: (seconds + 30) * 1000 });
  const rate = /^Requests\/sec:\s+([\d.]+)/m.exec(stdout)?.[1];
  const [, p99, unit = ""] = /^\s+99%\s+([\d.]+)(us|ms|s)\s*$/m.exec(stdout) ?? [];
  if (rate === undefined || p99 === undefined) throw new Error(`wrk said:\n${stdout}`);
  if (/Non-2xx/.test(stdout)) throw new Error(`not every answer was a 200:\n${stdout}`);
  const inMs = { us: 0.001, ms: 1, s: 1000 }[unit] ?? Number.NaN;
  return { [`rate${count}`]: [Number(rate)], [`p99${count}`]: [Number(p99) * inMs] };
}
