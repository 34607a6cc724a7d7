import { closeSync, constants, fstatSync, openSync } from "node:fs";
import { ExitCode, Failure, messageOf } from "../kernel/failure.ts";

/**
 * Opens a migration, passes its descriptor to `use`, and closes it. Throws a Failure (78) if it is not a readable file.
 * Without O_NONBLOCK, opening a FIFO would wait for a writer forever.
 */
export function withMigration<T>(path: string, use: (descriptor: number) => T): T {
  try {
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      if (!fstatSync(descriptor).isFile()) throw new Error("it is not a file. Remove it from the folder");
      return use(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw new Failure(ExitCode.configuration, `cannot read the migration ${path}: ${causeOf(error)}.`, {
      cause: error,
    });
  }
}

function causeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "EMFILE"
    ? "too many files are open (EMFILE). Raise the container's limit of open files (ulimit -n)"
    : messageOf(error);
}
