import type { Clock } from "../../kernel/clock.ts";
import { ExitCode, Failure } from "../../kernel/failure.ts";
import type { Log } from "../../kernel/log.ts";
import { pause } from "../../kernel/pause.ts";
import type { Leftover } from "../../ledger/leftover.ts";
import type { UpgradeContext } from "../request.ts";
import type { ToolDatabase } from "../../targets/targets.ts";
import type { Database } from "./connect.ts";

const pollMs = 250;
const reportEveryMs = 10_000;

/**
 * Waits for statements of an earlier run. A statement outlives its client: it may be applied long after its tool was
 * killed. A tool that starts meanwhile does the same work again, and fails. Throws a Failure (75) after
 * `lockTimeoutSeconds`.
 */
export async function waitForLeftovers(
  databases: readonly Database[],
  toolDatabases: readonly ToolDatabase[],
  lockTimeoutSeconds: number,
  { clock, log, signal }: UpgradeContext,
): Promise<void> {
  const deadline = clock.now() + lockTimeoutSeconds * 1000;
  let reportAt = clock.now();
  for (;;) {
    const left = await findLeftovers(databases, toolDatabases, ({ ledger, sharesRole }) =>
      ledger.findLeftovers(sharesRole),
    );
    if (left.length === 0) return;
    const statements = `statements that an earlier run left running in the database: ${left.map(({ description }) => description).join("; ")}`;
    if (clock.now() >= deadline) {
      const end = left.map(({ endSql }) => endSql).join("; ");
      throw new Failure(
        ExitCode.gaveUp,
        `gave up after waiting ${lockTimeoutSeconds} s for ${statements}. Wait for them to end, or end them (${end}), and run --upgrade again. No hook and no migration was run.`,
      );
    }
    if (clock.now() >= reportAt) {
      reportAt = clock.now() + reportEveryMs;
      log.info(`waiting for ${statements}`);
    }
    await pause(clock, pollMs, signal);
  }
}

/** Docker or Kubernetes kills an interrupted container after its grace period, so the report must be quick. */
const reportWithinMs = 2000;

/** Reports the statements that an interrupted command left running, if the databases answer soon. */
export async function reportLeftovers(
  databases: readonly Database[],
  toolDatabases: readonly ToolDatabase[],
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): Promise<void> {
  const late = Promise.withResolvers<readonly Leftover[]>();
  const cancel = clock.after(reportWithinMs, () => late.resolve([]));
  // The upgrade's own sessions are cancelled, so open new ones.
  const found = findLeftovers(databases, toolDatabases, ({ ledger, sharesRole }) =>
    ledger.findLeftoversAfresh(sharesRole),
  );
  const left = await Promise.race([found.catch(() => []), late.promise]);
  cancel();
  if (left.length === 0) return;
  log.warn(`still running in the database: ${left.map(({ description }) => description).join("; ")}`);
}

async function findLeftovers(
  databases: readonly Database[],
  toolDatabases: readonly ToolDatabase[],
  find: (database: Database) => Promise<readonly Leftover[]>,
): Promise<readonly Leftover[]> {
  const ofTools = toolDatabases.map((database) => database.findLeftovers());
  return (await Promise.all([...databases.map(find), ...ofTools])).flat();
}
