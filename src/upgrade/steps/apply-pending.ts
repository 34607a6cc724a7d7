import type { LockLimits } from "../../ledger/ledger.ts";
import type { UpgradeContext } from "../request.ts";
import { findDeferral } from "./defer-contract.ts";
import type { Work } from "./prepare-work.ts";

export interface ApplyLimits extends LockLimits {
  readonly drainTimeoutSeconds: number;
}

/** Applies what is pending in one database. Returns how many contract migrations were left for later. */
export async function applyPending(work: Work, limits: ApplyLimits, context: UpgradeContext): Promise<number> {
  // Loaded here: an upgrade with nothing to apply does not need it.
  const { applyBatch } = await import("./apply-batch.ts");
  let left = 0;
  for (const { history, progress, scripts } of work.schemas) {
    if (scripts.length === 0) continue;
    const release = context.app.version;
    const apply = await work.locked.startApplying({ history, scripts, progress, release, limits });
    const deferral = (script: (typeof scripts)[number]) =>
      findDeferral(script, work, limits.drainTimeoutSeconds, context);
    const { deferred } = await applyBatch({ scripts, apply, deferral }, context);
    left += deferred.length;
  }
  // The last migration has reset the session's settings, and what follows may take long.
  await work.database.ledger.stayWhileIdle();
  return left;
}
