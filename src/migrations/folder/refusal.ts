import { ExitCode, Failure } from "../../kernel/failure.ts";

/** Throws a Failure (78) for a file that would be skipped or run wrongly. */
export function refuseFile(path: string, cause: string, fix: string): never {
  throw new Failure(ExitCode.configuration, `${path}: ${cause}. ${fix}.`);
}
