import { ExitCode, Failure } from "../kernel/failure.ts";
import { cannotRun, locate } from "./commands.ts";

/** Turns this process into the command: nothing of ours is left. Throws a Failure (126 or 127) where it cannot. */
export function execute(command: readonly string[], environment: Readonly<Record<string, string | undefined>>): never {
  const [file = ""] = command;
  const set = Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined);
  try {
    process.execve?.(locate(file, environment["PATH"]) ?? file, [...command], Object.fromEntries(set));
  } catch (error) {
    throw cannotRun(file, { environment, workingDirectory: "." }, error as NodeJS.ErrnoException);
  }
  throw new Failure(ExitCode.internal, "internal error: this Node cannot replace itself by a command");
}
