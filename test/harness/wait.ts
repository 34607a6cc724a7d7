/** How long a condition may take before the test fails. A loaded machine needs much less. */
const limitMs = 20_000;

/** Waits for a condition, never for time. Returns the first truthy value of `read`. */
export async function waitFor<T>(what: string, read: () => T | Promise<T>): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const value = await read();
    if (value) return value as NonNullable<Exclude<T, false>>;
    if (Date.now() > deadline) throw new Error(`timeout: waited ${limitMs / 1000} s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
