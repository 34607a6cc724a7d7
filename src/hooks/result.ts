import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isFailure, messageOf } from "../kernel/failure.ts";
import { fieldsOf } from "../kernel/report-failure.ts";
import { runHooks, type Hook, type HookOptions } from "./run-hooks.ts";

/** How the migrations of an upgrade went, for the hooks that run next. */
export interface UpgradeResult {
  readonly result: "success" | "failure";
  readonly message: string;
  /** The fields of its event (docs/reference/logs.md). */
  readonly fields: Readonly<Record<string, unknown>>;
}

export function resultOfFailure(error: unknown): UpgradeResult {
  return { result: "failure", message: messageOf(error), fields: isFailure(error) ? fieldsOf(error) : {} };
}

export interface ResultHookOptions extends HookOptions {
  /** Hides secrets: a hook may send what it gets to a chat. */
  readonly redact: (text: string) => string;
}

/**
 * Runs hooks that get the result in variables, and in a JSON file for as long as they run. Throws a Failure (1) at the first
 * that fails.
 */
export async function runResultHooks(
  stage: "after" | "onFailure",
  hooks: readonly Hook[],
  { result, message, fields }: UpgradeResult,
  { redact, ...options }: ResultHookOptions,
): Promise<void> {
  if (hooks.length === 0) return;
  const { migration } = fields;
  const failure = result === "failure";
  using file = writeEvent(redact(JSON.stringify({ message, ...fields })), options);
  const environment = {
    ...options.environment,
    SEAWORTHY_RESULT: result,
    SEAWORTHY_FAILED_MIGRATION: failure && typeof migration === "string" ? migration : "",
    SEAWORTHY_ERROR: failure ? redact(message) : "",
    SEAWORTHY_EVENT_FILE: file.path,
  };
  await runHooks(stage, hooks, { ...options, environment });
}

interface EventFile extends Disposable {
  /** Empty if no folder for temporary files is writable. */
  readonly path: string;
}

function writeEvent(event: string, { log }: Pick<HookOptions, "log">): EventFile {
  // A container with a read-only root file system usually still has /dev/shm.
  for (const parent of [tmpdir(), "/dev/shm"]) {
    try {
      const folder = mkdtempSync(join(parent, "seaworthy-"));
      const path = join(folder, "event.json");
      writeFileSync(path, `${event}\n`);
      return { path, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
    } catch (error) {
      log.debug(`cannot write the event for hooks below ${parent}: ${messageOf(error)}`);
    }
  }
  log.warn("hooks get no SEAWORTHY_EVENT_FILE: neither TMPDIR (default: /tmp) nor /dev/shm is writable");
  return { path: "", [Symbol.dispose]: () => {} };
}
