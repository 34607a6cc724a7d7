import { parseArgs } from "node:util";
import { buildAll } from "../../docker/build/all.ts";
import { openEngine, type Engine } from "../harness/engine/engine.ts";
import { waitLong } from "../harness/engine/patience.ts";
import { deployed } from "./deploying.ts";
import { createHome, type Home } from "./home.ts";
import { loadWith, provideImages } from "./images.ts";
import { createKubectl } from "./kubectl.ts";
import { checkPrerequisites, Missing } from "./preflight.ts";
import { pickScenarios, runScenarios, summarise, type Scenario } from "./scenario.ts";
import { disturbed } from "./scenarios/disturbed.ts";
import { failing } from "./scenarios/failing.ts";
import { interrupted } from "./scenarios/interrupted.ts";
import { job } from "./scenarios/job.ts";
import { rolling } from "./scenarios/rolling.ts";

const scenarios: readonly Scenario[] = [...rolling, ...interrupted, ...job, ...disturbed, ...failing];

/** `npm run test:kubernetes [-- --list | --only NAME …]`: runs the Kubernetes example on the cluster that kubectl reaches. */
async function main(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: { list: { type: "boolean", default: false }, only: { type: "string", multiple: true, default: [] } },
  });
  const picked = pickScenarios(scenarios, values.only);
  if (values.list) {
    for (const { name, promise } of picked) console.log(`${name.padEnd(16)} ${promise}`);
    return 0;
  }
  const load = loadWith(await checkPrerequisites(process.env));
  console.log(await createKubectl().run(["version"]));
  await buildAll();
  const engine = await openEngine();
  const homes: Home[] = [];
  endOnSignal(engine, homes);
  try {
    console.log("building the images, and loading them into the cluster");
    const images = await provideImages(engine, load);
    const open = async () => {
      const home = await createHome(images);
      homes.push(home);
      return home;
    };
    const settle = async (home: Home, release: Parameters<typeof deployed>[1]) => void (await deployed(home, release));
    const outcomes = await runScenarios(picked, { open, settle });
    console.log(`\n${summarise(outcomes)}`);
    await untilGone(homes);
    return outcomes.some(({ failure }) => failure !== undefined) ? 1 : 0;
  } finally {
    await engine.end();
  }
}

/** Namespaces end after their Pods. */
async function untilGone(homes: readonly Home[]): Promise<void> {
  for (const { namespace } of homes) {
    await waitLong(`the end of namespace ${namespace}`, async () => {
      const found = ["get", "namespace", namespace, "--ignore-not-found", "--output=name"];
      return (await createKubectl().run(found)) === "";
    });
  }
}

/** Removes everything if the run is interrupted. */
function endOnSignal(engine: Engine, homes: readonly Home[]): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => {
      const removals = homes.map(({ namespace }) =>
        createKubectl().attempt(["delete", "namespace", namespace, "--ignore-not-found", "--wait=false"]),
      );
      void Promise.allSettled([...removals, engine.end()]).finally(() => process.exit(1));
    });
  }
}

try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  const isUsage = error instanceof RangeError || (error instanceof TypeError && "code" in error);
  console.error(isUsage || error instanceof Missing ? error.message : error);
  process.exit(isUsage ? 64 : error instanceof Missing ? 69 : 1);
}
