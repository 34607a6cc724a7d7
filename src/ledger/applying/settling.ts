import { setImmediate } from "node:timers/promises";
import { ExitCode, Failure } from "../../kernel/failure.ts";

/** The queries of a migration in JavaScript that are still running. */
export interface Settling {
  /** Begins a query. Rejects with a Failure (1) after the migration's end. */
  readonly run: <T>(query: () => Promise<T>) => Promise<T>;
  /** Waits for the queries that the module did not await, and for those that follow them. Later ones are refused. */
  readonly settle: () => Promise<void>;
  /** The migration has failed: waits for the queries that the database has received, and sends no more. */
  readonly abandon: () => Promise<void>;
}

export interface SettlingOptions {
  /** The migration's name. */
  readonly name: string;
  /** Whether to send each query after the end of the one before, even if the module does not await them. */
  readonly inOrder?: boolean;
}

export function createSettling({ name, inOrder = false }: SettlingOptions): Settling {
  const unsettled = new Set<Promise<unknown>>();
  const sent = new Set<Promise<unknown>>();
  let state: "open" | "ended" | "abandoned" = "open";
  let last: Promise<unknown> = Promise.resolve();

  const send = <T>(begin: () => Promise<T>): Promise<T> => (state === "abandoned" ? never() : keepIn(sent, begin()));

  return {
    run(begin) {
      if (state === "ended") return Promise.reject(new LateStatement(name));
      const query = inOrder ? last.then(() => send(begin)) : send(begin);
      last = query.catch(() => {});
      return keepIn(unsettled, query);
    },
    async settle() {
      while (unsettled.size > 0) {
        await Promise.allSettled(unsettled);
        // What the module does with the rows, it does before the next turn of the event loop.
        await setImmediate();
      }
      state = "ended";
    },
    async abandon() {
      state = "abandoned";
      await Promise.allSettled(sent);
    },
  };
}

function keepIn<T>(set: Set<Promise<unknown>>, query: Promise<T>): Promise<T> {
  set.add(query);
  const end = () => void set.delete(query);
  query.then(end, end);
  return query;
}

/** An error here would hide why the migration has failed. */
const never = <T>() => new Promise<T>(() => {});

/** It would run in no transaction, or in that of the next migration. */
export class LateStatement extends Failure {
  constructor(migration: string) {
    const fix = "Await every query in `up`, or return its promise";
    super(ExitCode.failed, `the migration ${migration} sent a statement after it had ended. ${fix}.`);
  }
}
