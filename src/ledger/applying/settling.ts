import { setImmediate } from "node:timers/promises";
import { ExitCode, Failure } from "../../kernel/failure.ts";

/** The queries of a migration in JavaScript that are still running. */
export interface Settling {
  /** Begins a query. Rejects with a Failure (1) after the migration's end. */
  readonly run: <T>(query: () => Promise<T>) => Promise<T>;
  /** Waits for the queries that the module did not await, and for those that follow them. Later ones are refused. */
  readonly settle: () => Promise<void>;
}

export function createSettling(): Settling {
  const running = new Set<Promise<unknown>>();
  let hasEnded = false;
  return {
    run(begin) {
      if (hasEnded) return Promise.reject(tooLate());
      const query = begin();
      running.add(query);
      const end = () => void running.delete(query);
      query.then(end, end);
      return query;
    },
    async settle() {
      while (running.size > 0) {
        await Promise.allSettled(running);
        // What the module does with the rows, it does before the next turn of the event loop.
        await setImmediate();
      }
      hasEnded = true;
    },
  };
}

/** It would run in no transaction, or in that of the next migration. */
function tooLate(): Failure {
  const fix = "Await every query in `up`, or return its promise";
  return new Failure(ExitCode.failed, `a migration in JavaScript sent a statement after it had ended. ${fix}.`);
}
