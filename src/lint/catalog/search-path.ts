/** `"$user", public, "Odd,Name"` in its parts. */
export function parseSearchPath(path: string): readonly string[] {
  return [...path.matchAll(/"((?:[^"]|"")*)"|([^\s,]+)/g)]
    .map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain?.toLowerCase() ?? "")
    .filter((schema) => schema !== "");
}
