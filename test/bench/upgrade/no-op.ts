import { runRounds, type Contender } from "../rounds.ts";
import { formatTable } from "../table.ts";
import { costColumns } from "./columns.ts";
import { countStatements } from "./count-statements.ts";
import { connectAndAskName } from "./postgres-floors.ts";
import { writeImage, type Setting } from "./image.ts";
import { runCommand, type Command } from "./process-cost.ts";
import { listMigrations, type Runner } from "./runner.ts";

const lengths = [0, 1000, 10_000] as const;

/** An upgrade with nothing to do, after histories of different lengths. */
export async function measureNoOp(setting: Setting, rounds: number) {
  const runners = setting.runners.filter(({ only = "no-op" }) => only === "no-op");
  const contenders = runners.map((runner) => contenderOf(setting, runner));
  const results = await runRounds(contenders, { title: `${setting.engine}, nothing to do`, rounds, warmUp: true });
  const tables = lengths.map((length) => {
    const title = `upgrade: ${setting.engine}, nothing to do, ${length.toLocaleString("en")} applied, the whole process in ms, ${rounds} rounds`;
    return formatTable(title, results, costColumns({ of: String(length), relativeTo: connectAndAskName }));
  });
  return { results, tables };
}

interface Prepared {
  readonly length: number;
  readonly command: Command;
  readonly statements: number;
}

function contenderOf(setting: Setting, runner: Runner): Contender {
  const { name, leftOut, withoutMigrations } = runner;
  let prepared: readonly Prepared[] | undefined;
  return {
    name,
    leftOut,
    ...(withoutMigrations !== undefined && { notes: { "wall 0": withoutMigrations } }),
    async measure() {
      // This happens in the first round, which does not count.
      prepared ??= await prepareAll(setting, runner);
      const measured: Record<string, readonly number[]> = {};
      for (const { length, command, statements } of prepared) {
        const { wallMs, cpuMs } = await runCommand(command);
        Object.assign(measured, {
          [`wall ${length}`]: [wallMs],
          [`cpu ${length}`]: [cpuMs],
          [`statements ${length}`]: [statements],
        });
      }
      return measured;
    },
  };
}

/** Databases in which the same tool has applied all of the image's migrations. */
async function prepareAll(setting: Setting, runner: Runner): Promise<readonly Prepared[]> {
  const prepared: Prepared[] = [];
  for (const length of lengths) {
    if (length === 0 && runner.withoutMigrations !== undefined) continue;
    const commandOn = await writeImage(
      setting,
      runner,
      listMigrations(length, () => "SELECT 1;"),
    );
    const { url } = await setting.server.createDatabase();
    await runCommand(commandOn(url));
    prepared.push({ length, command: commandOn(url), statements: await countStatements(commandOn, url) });
  }
  return prepared;
}
