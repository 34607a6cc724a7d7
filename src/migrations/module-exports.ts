import { ExitCode, Failure } from "../kernel/failure.ts";

/** The Failure for a module that exports no `up`. It is most likely a helper. */
export function withoutUp(path: string): Failure {
  const fix =
    "Write `export async function up({ query }) { … }`; if it is no migration, move it out of the migrations folder";
  return new Failure(ExitCode.configuration, `the migration ${path} exports no function up. ${fix}.`);
}

/**
 * Throws a Failure (78) if a module cannot export `up`, without running it: its source neither contains the word nor
 * imports another file. Loading the module finds the other cases.
 */
export function refuseWithoutUp(path: string, source: string): void {
  if (!/\bup\b|\brequire\b|\bimport\b|\bfrom\b/.test(source)) throw withoutUp(path);
}
