import { spawn } from "node:child_process";
import { once } from "node:events";
import { inPath, install } from "../peers.ts";
import { bundlePath, programPath } from "../programs.ts";
import { runRounds, type Contender } from "../rounds.ts";
import type { SuiteOptions } from "../suite.ts";
import { formatTable, timeColumns } from "../table.ts";
import { listServers, startServer } from "./servers.ts";

const base = "node -e 0";

/** One run of `--health` from start to end, against a healthy container. */
export async function probeCost(options: SuiteOptions) {
  const { shop, quick, insideNamespace } = options;
  const [own] = await listServers(shop, insideNamespace);
  if (own === undefined) throw new Error("internal error: no seaworthy is running");
  const running = await startServer(own, shop);
  try {
    const environment = { ...shop.environment, SEAWORTHY_HEALTH_LISTEN: new URL(running.url).host };
    const row = (name: string, argv: readonly string[], leftOut?: string): Contender => ({
      name,
      leftOut,
      async measure() {
        const [file = "", ...parameters] = argv;
        const began = process.hrtime.bigint();
        const child = spawn(file, parameters, { cwd: shop.folder, env: environment, stdio: "ignore" });
        const [code] = (await once(child, "exit")) as [number | null];
        const ended = process.hrtime.bigint();
        if (code !== 0) throw new Error(`exited with ${code}`);
        return { run: [Number(ended - began) / 1e6] };
      },
    });
    const script = `fetch("${running.url}").then((r) => process.exit(r.ok ? 0 : 1))`;
    const rounds = quick ? 10 : 60;
    const results = await runRounds(
      [
        row(
          "seaworthy --health (program)",
          [programPath, "--health"],
          insideNamespace ? undefined : "left out: mounting it needs root",
        ),
        row("seaworthy --health (bundle)", [process.execPath, bundlePath, "--health"]),
        row(base, [process.execPath, "-e", "0"]),
        row("node -e fetch", [process.execPath, "-e", script]),
        row("curl -f", ["curl", "-fs", running.url], inPath("curl") ? undefined : install("curl")),
      ],
      { title: "health: one probe", rounds, warmUp: true },
    );
    const title = `health: one probe, from start to end, in ms, ${rounds} rounds`;
    return { results, table: formatTable(title, results, timeColumns("run", base)) };
  } finally {
    await running.stop();
  }
}
