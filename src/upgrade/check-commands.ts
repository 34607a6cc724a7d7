import { ExitCode, Failure } from "../kernel/failure.ts";
import type { Commands } from "./request.ts";
import type { Hook } from "../hooks/run-hooks.ts";

export interface CheckOptions {
  /** Whether the app has a version. */
  readonly hasVersion: boolean;
  /** Finds the file of a command in the given PATH, or in seaworthy's own PATH if none is given. */
  readonly locate: (file: string, path: string | undefined) => string | undefined;
}

/** Refuses commands that cannot run, before anything is changed. Throws a Failure (78). */
export function checkCommands(commands: Omit<Commands, "runner">, { hasVersion, locate }: CheckOptions): void {
  const stages = ["before", "after", "onFailure"] as const;
  const hooks: { readonly key: string; readonly hook: Hook }[] = stages.flatMap((stage) =>
    commands[stage].map((hook, index) => ({ key: `upgrade.${stage}[${index}]`, hook })),
  );
  hooks.push(...commands.tools);
  for (const { key, hook } of hooks) {
    const [file = ""] = hook.command;
    if (hook.workdir === undefined && locate(file, hook.environment?.["PATH"]) === undefined) {
      const fix = "Check the spelling, and that the image holds it";
      throw new Failure(
        ExitCode.configuration,
        `${key}: cannot find the command ${JSON.stringify(file)}. ${fix}. Nothing was changed.`,
      );
    }
  }
  if (hooks.length > 0 && !hasVersion) {
    throw new Failure(
      ExitCode.configuration,
      `${hooks[0]?.key}: hooks run once a release, and this image has no version. Set app.version or APP_VERSION.`,
    );
  }
}
