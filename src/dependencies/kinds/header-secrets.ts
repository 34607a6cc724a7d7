/** Headers that never contain a secret. */
const open: ReadonlySet<string> = new Set(["accept", "accept-language", "content-type", "host", "user-agent"]);
/** Shorter words are names of schemes: Bearer, Basic. */
const shortest = 8;

/** The secrets in a request's headers: each value, and each long word in it. */
export function headerSecrets(headers: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(headers)
    .filter(([name]) => !open.has(name.toLowerCase()))
    .flatMap(([, value]) => [value, ...value.split(/\s+/).filter((word) => word.length >= shortest)]);
}
