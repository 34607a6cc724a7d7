import { parseArgs } from "node:util";
import { buildAll } from "../../docker/build/all.ts";
import { fleet } from "./fleet/fleet.ts";
import { health } from "./health/health.ts";
import { describeMachine, describePackages } from "./machine.ts";
import { canEnterNamespace, enterNamespace, insideFlag } from "./namespace.ts";
import { pid1 } from "./pid1/pid1.ts";
import { openShop } from "./shop.ts";
import { start } from "./start.ts";
import type { Suite } from "./suite.ts";
import { upgrade } from "./upgrade/upgrade.ts";

const suites: Readonly<Record<string, Suite>> = { start, pid1, health, upgrade, fleet };
const packages = ["tini", "dumb-init", "s6", "runit", "supervisor", "nginx", "wrk", "postgresql-client"];

/** `npm run bench [-- SUITE …] [--quick]`: measures and reports. Fails if a program fails, never for a time. */
async function bench(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv.filter((argument) => argument !== insideFlag),
    options: { quick: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  const unknown = positionals.filter((name) => !(name in suites));
  if (unknown.length > 0) {
    console.error(`unknown suite: ${unknown.join(", ")}. Allowed: ${Object.keys(suites).join(", ")}`);
    return 64;
  }
  const insideNamespace = argv.includes(insideFlag);
  if (!insideNamespace) {
    await buildAll();
    if (canEnterNamespace()) enterNamespace(argv);
  }

  console.log(`\n${describeMachine()}\n${describePackages(packages)}`);
  const shop = await openShop();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => void shop.close().finally(() => process.exit(1)));
  }
  let failed = false;
  try {
    for (const [name, suite] of Object.entries(suites)) {
      if (positionals.length > 0 && !positionals.includes(name)) continue;
      const { results, tables } = await suite({ shop, quick: values.quick, insideNamespace });
      for (const table of tables) console.log(`\n${table}`);
      for (const { name, failure } of results) {
        if (failure === undefined) continue;
        failed = true;
        console.error(`\n${name} failed: ${failure}`);
      }
    }
  } finally {
    await shop.close();
  }
  return failed ? 1 : 0;
}

process.exit(await bench(process.argv.slice(2)));
