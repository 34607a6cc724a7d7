const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 };
const pattern = /^(\d+(?:\.\d+)?)(ms|s|m|min|h)$/;

/** For JSON Schema. */
export const durationPattern = pattern.source;

/** `500ms`, `90s`, `10m` or `1h` in milliseconds. Undefined for any other text. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit = ""] = pattern.exec(text) ?? [];
  return amount === undefined ? undefined : Number(amount) * (unitMs[unit] ?? 1);
}
