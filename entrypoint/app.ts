import type { Loaded } from "../src/config/load.ts";
import { ExitCode, Failure } from "../src/kernel/failure.ts";
import type { Context } from "./context.ts";

/** The command to run: the container's own, else `run:`. Throws a Failure (64) if there is neither. */
export function commandOf(command: readonly string[], { settings, path }: Loaded): readonly string[] {
  if (command.length > 0) return command;
  if (settings.run !== undefined) return settings.run;
  const where =
    path === undefined ? "write `run:` into a seaworthy.yaml" : `write \`run:\` or \`processes:\` into ${path}`;
  throw new Failure(
    ExitCode.usage,
    `there is nothing to run: no command was given. Set the image's CMD, or ${where}. If it has a CMD, write its ENTRYPOINT as a list: a shell form ignores CMD. See seaworthy --help.`,
  );
}

/** The app's environment: all variables but seaworthy's own and the upgrade's credentials. */
export function appEnvironment(
  { hidden }: Loaded,
  { variables }: Context,
): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !hidden.has(name)));
}
