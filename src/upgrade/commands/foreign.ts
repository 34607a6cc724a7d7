import { countOf, isOrAre } from "../../kernel/count.ts";
import { ExitCode, Failure } from "../../kernel/failure.ts";
import { runHooks, type Hook, type HookOptions } from "./hooks.ts";
import { surveyForeign, type TargetSurvey } from "../survey.ts";

/** What other tools have not applied, by the name of the dependency. */
export type Missing = ReadonlyMap<string, readonly string[]>;

export function missingOfTools(surveys: readonly TargetSurvey[], elsewhere: Missing): Missing {
  return new Map([...surveys.flatMap(({ foreign }) => [...foreign]), ...elsewhere]);
}

/** Throws a Failure (78) where another tool's migrations are missing and nothing says how it is run. */
export function refuseUnmigratable(missing: Missing, migrate: Hook | undefined): void {
  if (migrate !== undefined || missing.size === 0) return;
  const [name, names] = [...missing][0] ?? ["", []];
  const fix = "Set upgrade.migrate to the command that runs it";
  throw new Failure(
    ExitCode.configuration,
    `${countOf(names.length, "migration")} of dependencies.${name} ${names.length === 1 ? "belongs" : "belong"} to another tool: ${names.slice(0, 10).join(", ")}. ${fix}.`,
  );
}

/** Runs the app's own migration tool, and sees to it that it did what it was there for. Throws a Failure (1). */
export async function migrateForeign(
  surveys: readonly TargetSurvey[],
  migrate: Hook,
  options: HookOptions,
): Promise<void> {
  await runHooks("migrate", [migrate], options);
  for (const { target, session } of surveys) {
    for (const [name, names] of await surveyForeign(target, session)) {
      const left = `${countOf(names.length, "migration")} of dependencies.${name} ${isOrAre(names.length)} still not applied: ${names.slice(0, 10).join(", ")}`;
      throw new Failure(
        ExitCode.failed,
        `upgrade.migrate (${migrate.command[0]}) ended well, but ${left}. Does it run in the right database?`,
      );
    }
  }
}
