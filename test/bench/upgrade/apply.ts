import { runRounds, type Contender } from "../rounds.ts";
import { formatTable } from "../table.ts";
import { costColumns, serverColumn } from "./columns.ts";
import { countStatements } from "./count-statements.ts";
import { writeImage, type Setting } from "./image.ts";
import { runCommand, type Command } from "./process-cost.ts";
import { listMigrations, type Runner } from "./runner.ts";
import type { BenchDatabase } from "./server.ts";

/** Applies many small migrations, each in its own file, to a new database each time. */
export async function measureApply(setting: Setting, count: number, rounds: number) {
  const runners = setting.runners.filter(({ only = "apply" }) => only === "apply");
  const contenders = runners.map((runner) => contenderOf(setting, runner, count));
  const results = await runRounds(contenders, {
    title: `${setting.engine}, ${count} migrations`,
    rounds,
    warmUp: rounds > 1,
  });
  const title = `upgrade: ${setting.engine}, ${count.toLocaleString("en")} migrations to apply, the whole process in ms, ${rounds} rounds`;
  const of = String(count);
  const columns = [...costColumns({ of, relativeTo: setting.applyFloor }), serverColumn(of)];
  return { results, tables: [formatTable(title, results, columns)] };
}

function contenderOf(setting: Setting, runner: Runner, count: number): Contender {
  const { server } = setting;
  const { name, leftOut } = runner;
  const migrations = listMigrations(count, (number) => `CREATE TABLE table_${number} (id int, note text);`);
  let image: Promise<(url: string) => Command> | undefined;
  let statements: number | undefined;
  return {
    name,
    leftOut,
    async measure() {
      const commandOn = await (image ??= writeImage(setting, runner, migrations));
      statements ??= await onNewDatabase((database) => countStatements(commandOn, database.url));
      return onNewDatabase(async (database) => {
        const serverBefore = await server.cpuOfSessionsMs();
        const { wallMs, cpuMs } = await runCommand(commandOn(database.url));
        const serverMs = (await server.cpuOfSessionsMs()) - serverBefore;
        await verify(database, count);
        return {
          [`wall ${count}`]: [wallMs],
          [`cpu ${count}`]: [cpuMs],
          [`server ${count}`]: [serverMs],
          [`statements ${count}`]: [statements ?? 0],
        };
      });
    },
  };

  async function onNewDatabase<T>(work: (database: BenchDatabase) => Promise<T>): Promise<T> {
    const database = await server.createDatabase();
    try {
      return await work(database);
    } finally {
      await database.drop();
    }
  }
}

async function verify({ countTables }: BenchDatabase, count: number): Promise<void> {
  const found = await countTables();
  if (found !== count) throw new Error(`created ${found} of ${count} tables`);
}
