import type { Ledger } from "../ledger/ledger.ts";

/** Runs a step, and turns errors of these databases into Failures that a person can act on. */
export async function explaining<T>(ledgers: readonly Ledger[], step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    throw explain(ledgers, error);
  }
}

/** Returns other errors unchanged. */
export function explain(ledgers: readonly Ledger[], error: unknown): unknown {
  return ledgers.reduce((cause, ledger) => ledger.explain(cause), error);
}
