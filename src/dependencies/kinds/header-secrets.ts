/** Headers that say nothing that anybody would hide. */
const open: ReadonlySet<string> = new Set(["accept", "accept-language", "content-type", "host", "user-agent"]);
/** Shorter words are the names of schemes: Bearer, Basic. */
const shortest = 8;

/** What must not be shown of the headers of a request: each value, and the words that it is made of. */
export function headerSecrets(headers: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(headers)
    .filter(([name]) => !open.has(name.toLowerCase()))
    .flatMap(([, value]) => [value, ...value.split(/\s+/).filter((word) => word.length >= shortest)]);
}
