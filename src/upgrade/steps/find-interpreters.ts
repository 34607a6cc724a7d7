import { ExitCode, Failure } from "../../kernel/failure.ts";
import type { CommandRunner } from "../request.ts";
import type { PreparedDatabase } from "./prepare-migrations.ts";

/** Finds the programs that `#!/usr/bin/env …` names before anything is run. Throws a Failure (78). */
export function refuseMissingInterpreters(
  prepared: readonly PreparedDatabase[],
  { environment, locate }: Pick<CommandRunner, "environment" | "locate">,
): void {
  for (const { schemas } of prepared)
    for (const { name: schema, scripts } of schemas)
      for (const { interpreter, path } of scripts) {
        if (interpreter === undefined) continue;
        const { PATH } = environment({ kind: "program", schema }, undefined);
        if (locate(interpreter, PATH) !== undefined) continue;
        throw new Failure(
          ExitCode.configuration,
          `cannot run the migration ${path}: its interpreter ${interpreter} is not in PATH. Install it, or correct the first line (#!). Nothing was run.`,
        );
      }
}
