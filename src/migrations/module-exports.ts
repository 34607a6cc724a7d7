import { ExitCode, Failure } from "../kernel/failure.ts";

/** A module that exports no `up`: a helper, most likely. */
export function withoutUp(path: string): Failure {
  const fix =
    "Write `export async function up({ query }) { … }`; if it is no migration, move it out of the migrations folder";
  return new Failure(ExitCode.configuration, `the migration ${path} exports no function up. ${fix}.`);
}

/**
 * Throws a Failure (78) for a module that cannot export `up`, without running it: it neither says the word nor takes its
 * exports from another file. What else exports none is found when it is loaded.
 */
export function refuseWithoutUp(path: string, source: string): void {
  if (!/\bup\b|\brequire\b|\bimport\b|\bfrom\b/.test(source)) throw withoutUp(path);
}
