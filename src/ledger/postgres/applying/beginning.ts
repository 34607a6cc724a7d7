import { firstStatementsDone } from "../../../kernel/count.ts";
import { ExitCode, Failure } from "../../../kernel/failure.ts";
import { excerptAt } from "../../../migrations/sql/excerpt.ts";
import type { MigrationScript } from "../../../migrations/script.ts";
import { hashOfStatement, placeOf, splitStatements, type Statement } from "../../../migrations/sql/statements.ts";
import type { Progress } from "../../history.ts";

/** Whether the finished statements of a migration are still those of its file. */
type Beginning =
  | { readonly state: "same" }
  /** `at`: the first statement that is another; undefined where the file has fewer than were done. */
  | { readonly state: "changed"; readonly at: Statement | undefined; readonly number: number }
  /** An earlier version of seaworthy ran them, and the file has changed since: nobody knows what they were. */
  | { readonly state: "unknown" };

/**
 * Refuses to resume a migration whose finished part is not what it was: its statements are counted, and others would be
 * skipped for them. Throws a Failure (78).
 */
export function refuseOtherBeginning(script: MigrationScript, progress: Progress | undefined): void {
  if (progress === undefined || progress.statements === 0) return;
  refuseTransaction(script, progress);
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
      "Put back what is done, and change only what follows it. Then --upgrade goes on behind it.",
      `Or, if the database already has what the file now says up to there: --upgrade --accept-drift ${name}`,
      "nothing was changed",
    ],
  });
}

/** In one transaction, what was done of it would be done again. */
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
  { source, checksum }: MigrationScript,
  { statements: done, ...recorded }: Progress,
): Beginning {
  if (recorded.hashes.length !== done) return { state: recorded.checksum === checksum ? "same" : "unknown" };
  const statements = splitStatements(source);
  const index = recorded.hashes.findIndex((hash, place) => {
    const statement = statements[place];
    return statement === undefined || hashOfStatement(statement) !== hash;
  });
  return index === -1 ? { state: "same" } : { state: "changed", at: statements[index], number: index + 1 };
}
