import type { LockLimits } from "../../ledger/ledger.ts";
import type { CommandPurpose } from "../../targets/command-database.ts";
import type { UpgradeContext } from "../request.ts";
import type { BatchResult } from "./apply-batch.ts";
import { applyProgram } from "./apply-program.ts";
import { findDeferral } from "./defer-contract.ts";
import type { PreparedDatabase } from "./prepare-migrations.ts";
import type { HookOptions } from "../../hooks/run-hooks.ts";

export interface ApplyLimits extends LockLimits {
  readonly drainTimeoutSeconds: number;
}

export interface ApplyOptions {
  readonly limits: ApplyLimits;
  /** For migrations that are programs. */
  readonly optionsFor: (purpose: CommandPurpose) => HookOptions;
}

/** Applies the pending migrations of one database. */
export async function applyPending(
  prepared: PreparedDatabase,
  { limits, optionsFor }: ApplyOptions,
  context: UpgradeContext,
): Promise<BatchResult> {
  // Loaded late: an upgrade with nothing to apply does not need it.
  const { applyBatch } = await import("./apply-batch.ts");
  const results: BatchResult[] = [];
  for (const { name: schema, history, progress, scripts } of prepared.schemas) {
    if (scripts.length === 0) continue;
    const release = context.app.version;
    const applyStatements = await prepared.locked.startApplying({ history, progress, release, limits });
    const apply = (script: (typeof scripts)[number]) =>
      script.language === "program"
        ? applyProgram(script, { ...prepared, history, release, options: optionsFor({ kind: "program", schema }) })
        : applyStatements(script);
    const deferral = (script: (typeof scripts)[number]) =>
      findDeferral(script, prepared, limits.drainTimeoutSeconds, context);
    results.push(await applyBatch({ scripts, apply, deferral, describeWork: prepared.locked.describeWork }, context));
  }
  // The last migration has reset the session's settings, and the next steps may take long.
  await prepared.database.ledger.stayWhileIdle();
  return {
    applied: results.flatMap(({ applied }) => applied),
    deferred: results.flatMap(({ deferred }) => deferred),
  };
}
