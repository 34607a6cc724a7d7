export const mask = "***";

/** Headers that never hold a secret. */
const openHeaders: ReadonlySet<string> = new Set(["accept", "accept-language", "content-type", "host", "user-agent"]);
const secretName = /pass|pwd|secret|token|credential|private|api_?-?key|access_?-?key|auth|dsn|cookie|session/i;
const secretFlag = /^--?[\w-]*(?:password|passwd|secret|token|api-?key)$/i;

/** Whether a value is hidden because of the variables that it is made of. Only the password of a URL is hidden. */
export function isNamedSecret(value: unknown, variables: readonly string[]): boolean {
  const isUrl = typeof value === "string" && value.includes("://");
  return !isUrl && variables.some((name) => secretName.test(name));
}

/**
 * Hides a value whose key says that it is a secret: a request's headers, variables with such a name, and the word after
 * `--password`. Passwords in URLs and contents of secret files are hidden by their text instead.
 */
export function maskByKey(path: readonly (string | number)[], value: unknown): unknown {
  if (Array.isArray(value))
    return value.map((word, index) => (secretFlag.test(String(value[index - 1])) ? mask : (word as unknown)));
  const [map, name] = path.slice(-2).map(String);
  if (map === "headers") return openHeaders.has((name ?? "").toLowerCase()) ? value : mask;
  return map === "environment" && secretName.test(name ?? "") ? mask : value;
}
