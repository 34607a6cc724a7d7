import { countOf, isOrAre } from "../../kernel/count.ts";
import { ExitCode, Failure } from "../../kernel/failure.ts";
import type { Database } from "./connect.ts";
import { runHooks, type Hook, type HookOptions } from "./run-hooks.ts";
import { surveyToolSchemas } from "./survey.ts";
import type { Missing } from "./tool-databases.ts";

/** Throws a Failure (78) if another tool's migrations are pending, and upgrade.migrate is not set. */
export function refuseWithoutTool(missing: Missing, migrate: Hook | undefined): void {
  if (migrate !== undefined || missing.size === 0) return;
  const [name, names] = [...missing][0] ?? ["", []];
  const fix = "Set upgrade.migrate to the command that runs it";
  throw new Failure(
    ExitCode.configuration,
    `${countOf(names.length, "migration")} of dependencies.${name} ${names.length === 1 ? "belongs" : "belong"} to another tool: ${names.slice(0, 10).join(", ")}. ${fix}.`,
  );
}

/** Runs the app's own migration tool, and checks that it has applied all its migrations. Throws a Failure (1). */
export async function runTool(databases: readonly Database[], migrate: Hook, options: HookOptions): Promise<void> {
  await runHooks("migrate", [migrate], options);
  for (const database of databases) {
    for (const [name, names] of await surveyToolSchemas(database)) {
      const left = `${countOf(names.length, "migration")} of dependencies.${name} ${isOrAre(names.length)} still pending: ${names.slice(0, 10).join(", ")}`;
      throw new Failure(
        ExitCode.failed,
        `upgrade.migrate (${migrate.command[0]}) exited 0, but ${left}. Does it run in the right database?`,
      );
    }
  }
}
