/**
 * - `module`: JavaScript that exports `up({ query })`
 * - `program`: any other file of a migrations folder, which is executable (folder/program.ts)
 */
export type Language = "sql" | "module" | "program";

/** The language of a migration's file. Its name is enough, because the folder was checked. */
export function languageOf(path: string): Language {
  if (/\.sql$/i.test(path)) return "sql";
  return /\.[cm]?js$/i.test(path) ? "module" : "program";
}
