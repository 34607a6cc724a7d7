import { firstStatementsDone } from "../../kernel/count.ts";
import { ExitCode, Failure } from "../../kernel/failure.ts";
import { excerptAt } from "../../migrations/sql/excerpt.ts";
import type { MigrationScript } from "../../migrations/script.ts";
import { placeOf } from "../../migrations/sql/place.ts";
import type { Statement } from "../../migrations/sql/statement.ts";
import { hashOfStatement, splitStatements } from "../../migrations/sql/statements.ts";
import type { Progress } from "../history.ts";

/** The result of comparing a migration's finished statements with its file. */
type Beginning =
  | { readonly state: "same" }
  /** `at`: the first statement that differs. Undefined if the file has fewer statements than were done. */
  | { readonly state: "changed"; readonly at: Statement | undefined; readonly number: number }
  /** An earlier version of seaworthy ran them without recording hashes, and the file has changed since. */
  | { readonly state: "unknown" };

/**
 * Refuses to resume a migration if its finished part has changed. Resuming skips as many statements as were done, so it
 * would skip statements that never ran. Throws a Failure (78).
 */
export function refuseOtherBeginning(script: MigrationScript, progress: Progress | undefined): void {
  if (progress === undefined || progress.statements === 0) return;
  refuseTransaction(script, progress);
  // The statements of a module are known only while it runs.
  if (script.language === "module") return;
  const beginning = compareBeginning(script, progress);
  if (beginning.state === "same") return;
  const { name, path, source } = script;
  const done = firstStatementsDone(progress.statements);
  const place =
    beginning.state === "changed" && beginning.at !== undefined ? placeOf(source, beginning.at.index) : undefined;
  const where = place === undefined ? path : `${path}:${place.line}:${place.column}`;
  const cause =
    beginning.state === "unknown"
      ? "the file has been changed since, and the version of seaworthy that began it did not record which statements they were"
      : beginning.at === undefined
        ? `statement ${beginning.number} is no longer in the file`
        : `statement ${beginning.number} has been changed since`;
  throw new Failure(ExitCode.configuration, `${where}: the migration ${name} was begun, ${done}, and ${cause}.`, {
    details: [
      ...(place === undefined ? [] : excerptAt(source, place)),
      "Put back the finished statements, and change only those after them. Then --upgrade resumes there.",
      `Or, if the database already has the changes of the file up to there: --upgrade --accept-drift ${name}`,
      "nothing was changed",
    ],
  });
}

/** As one transaction, the migration would repeat its finished statements. */
function refuseTransaction({ name, path, language, directives }: MigrationScript, { statements }: Progress): void {
  if (!directives.transaction) return;
  const fix =
    language === "sql"
      ? "Put `-- seaworthy: no-transaction` back at its head: it goes on from there."
      : "Put the SQL file back in place of the JavaScript file: it goes on from there.";
  throw new Failure(
    ExitCode.configuration,
    `${path}: the migration ${name} was begun without a transaction, and ${firstStatementsDone(statements)}. ${fix}`,
  );
}

function compareBeginning(
  { source, checksum, dialect }: MigrationScript,
  { statements: done, ...recorded }: Progress,
): Beginning {
  if (recorded.hashes.length !== done) return { state: recorded.checksum === checksum ? "same" : "unknown" };
  const statements = splitStatements(source, dialect);
  const index = recorded.hashes.findIndex((hash, place) => {
    const statement = statements[place];
    return statement === undefined || hashOfStatement(statement, dialect) !== hash;
  });
  return index === -1 ? { state: "same" } : { state: "changed", at: statements[index], number: index + 1 };
}
