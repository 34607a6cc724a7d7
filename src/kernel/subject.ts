/** The place of a value as the subject of a sentence: the comma of `upgrade.url in a.yaml, from A` is closed by another. */
export function asSubject(origin: string): string {
  return origin.includes(", ") ? `${origin},` : origin;
}
