import { catchInterruption, dieOf, type Interruption } from "./interruption.ts";
import { isFailure } from "../../src/kernel/failure.ts";
import { readDatabase } from "./arguments.ts";
import { checkInstalled, type Database } from "./databases.ts";
import { createNarrator, type Narrator } from "./narrator.ts";
import type { Stage } from "./stage.ts";
import { stepsOn, type Step } from "./steps.ts";
import { createWorld, type World } from "./world.ts";

/** `npm start`: plays a rolling deploy with real processes on a real database, and checks every step. */
async function main(argv: readonly string[]): Promise<void> {
  try {
    const database = readDatabase(argv);
    await checkInstalled(database);
    await tell(database);
  } catch (error) {
    if (!isFailure(error)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = error.exitCode;
  }
}

async function tell(database: Database): Promise<void> {
  const interruption = catchInterruption();
  const startedAt = performance.now();
  const narrator = createNarrator({
    write: (text) => void process.stdout.write(text),
    colour: process.stdout.isTTY && !process.env["NO_COLOR"],
    width: process.stdout.isTTY ? process.stdout.columns : undefined,
  });
  narrator.title(`seaworthy: a rolling deploy, with real processes on a real ${database.noun}`);

  const world = createWorld(database, interruption.signal);
  const steps = stepsOn(database);
  const played = await playIn(world, steps, narrator, interruption);
  const cleared = await clearUp(world, steps.length + 1, narrator, interruption);

  const cause = interruption.cause();
  if (cause !== undefined) {
    narrator.end(`Interrupted by ${cause}.`, false);
    dieOf(cause);
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const good = played && cleared;
  narrator.end(
    good ? `All ${steps.length + 1} steps succeeded, in ${seconds} s.` : `Not every step succeeded (${seconds} s).`,
    good,
  );
  process.exitCode = good ? 0 : 1;
}

/** Returns true if every step succeeded. */
async function playIn(
  { database, open }: World,
  steps: readonly Step[],
  narrator: Narrator,
  { signal }: Interruption,
): Promise<boolean> {
  let stage: Stage | undefined;
  try {
    narrator.remark(`Starting a ${database.noun} …`);
    const startedAt = performance.now();
    const opened = await open();
    stage = opened.stage;
    narrator.remark(`… on ${opened.address}, in ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`);
    for (const [index, { sentence, play }] of steps.entries()) {
      narrator.step(index + 1, sentence);
      for await (const seen of play(stage, narrator.progress)) {
        narrator.seen(seen);
        if (seen.expected === undefined) continue;
        narrator.aside(linesOf(stage));
        return false;
      }
    }
    return true;
  } catch (error) {
    if (!signal.aborted) narrator.failure(error instanceof Error ? error.message.trim() : String(error));
    return false;
  }
}

/** The last lines of output of each instance, to help find the cause. */
function linesOf(stage: Stage): readonly string[] {
  return stage
    .instances()
    .flatMap(({ image, argv, lines }) => lines.slice(-4).map((line) => `${[image, ...argv].join(" ")}: ${line}`));
}

/** Returns true if nothing is left. */
async function clearUp(world: World, number: number, narrator: Narrator, { cause }: Interruption): Promise<boolean> {
  const early = cause() === undefined ? "" : `Interrupted by ${cause()}. `;
  narrator.step(number, `${early}Everything that was started is gone.`);
  const all = await world.clear();
  for (const seen of all) narrator.seen(seen);
  return all.every(({ expected }) => expected === undefined);
}

await main(process.argv.slice(2));
