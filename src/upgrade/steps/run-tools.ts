import { countOf, isOrAre } from "../../kernel/count.ts";
import { ExitCode, Failure } from "../../kernel/failure.ts";
import type { Tool } from "../../targets/tools.ts";
import type { Database } from "./connect.ts";
import type { HookOptions } from "../../hooks/run-hooks.ts";
import { surveyToolSchemas } from "./survey.ts";
import type { Missing } from "./tool-databases.ts";

/** Throws a Failure (78) if another tool's migrations are pending, and no command runs it. */
export function refuseWithoutTool(missing: Missing, tools: readonly Tool[]): void {
  const known = new Set(tools.flatMap(({ schemas }) => schemas));
  const lacking = [...missing].find(([name]) => !known.has(name));
  if (lacking === undefined) return;
  const [name, names] = lacking;
  const fix = `Set upgrade.migrate, or dependencies.${name}.migrate, to the command that runs it`;
  throw new Failure(
    ExitCode.configuration,
    `${countOf(names.length, "migration")} of dependencies.${name} ${names.length === 1 ? "belongs" : "belong"} to another tool: ${names.slice(0, 10).join(", ")}. ${fix}.`,
  );
}

/**
 * Runs the app's own migration tools one after the other, and checks that each has applied all its migrations. Throws a
 * Failure (1).
 */
export async function runTools(
  databases: readonly Database[],
  tools: readonly Tool[],
  optionsFor: (tool: Tool) => HookOptions,
): Promise<void> {
  if (tools.length === 0) return;
  const { runHook } = await import("../../hooks/hook-process.ts");
  for (const tool of tools) {
    const { key, hook } = tool;
    const options = optionsFor(tool);
    const [file = ""] = hook.command;
    options.signal.throwIfAborted();
    options.log.info(`running ${key}: ${file}`, { hook: file });
    await runHook(key, hook, options);
    await refuseLeft(databases, tool);
  }
}

async function refuseLeft(databases: readonly Database[], { key, hook, schemas }: Tool): Promise<void> {
  for (const database of databases) {
    const missing = await surveyToolSchemas(database);
    for (const [name, names] of [...missing].filter(([one]) => schemas.includes(one))) {
      const left = `${countOf(names.length, "migration")} of dependencies.${name} ${isOrAre(names.length)} still pending: ${names.slice(0, 10).join(", ")}`;
      throw new Failure(
        ExitCode.failed,
        `${key} (${hook.command[0]}) exited 0, but ${left}. Does it run in the right database?`,
      );
    }
  }
}
