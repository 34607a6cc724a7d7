import { ExitCode, Failure } from "../../kernel/failure.ts";

/** Throws a Failure (78): what would be skipped, or run as what it is not. */
export function refuseFile(path: string, cause: string, fix: string): never {
  throw new Failure(ExitCode.configuration, `${path}: ${cause}. ${fix}.`);
}
