import { firstStatementsDone } from "../../kernel/count.ts";
import { ExitCode, Failure } from "../../kernel/failure.ts";
import type { Progress } from "../../ledger/history.ts";
import type { MigrationScript } from "../../migrations/script.ts";

/** Refuses a program in place of a SQL migration that was begun: it would repeat its finished statements. Throws a Failure (78). */
export function refuseProgramAfterStatements({ name, path }: MigrationScript, progress: Progress | undefined): void {
  if (progress === undefined || progress.statements === 0) return;
  const done = firstStatementsDone(progress.statements);
  throw new Failure(
    ExitCode.configuration,
    `${path}: the migration ${name} was begun as SQL, and ${done}. Put the SQL file back in place of the program: it goes on from there.`,
  );
}
