/** Splits `"$user", public, "Odd,Name"` into its parts. */
export function parseSearchPath(path: string): readonly string[] {
  return [...path.matchAll(/"((?:[^"]|"")*)"|([^\s,]+)/g)]
    .map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain?.toLowerCase() ?? "")
    .filter((schema) => schema !== "");
}
