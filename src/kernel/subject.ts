/** The origin of a value as the subject of a sentence. Adds the second comma: `upgrade.url in a.yaml, from A,`. */
export function asSubject(origin: string): string {
  return origin.includes(", ") ? `${origin},` : origin;
}
