/** How long a condition may take before the test fails: far above what it takes on a loaded machine. */
const limitMs = 20_000;

/** Waits for a condition, never for time. The value that `read` gave when it became truthy. */
export async function waitFor<T>(what: string, read: () => T | Promise<T>): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const value = await read();
    if (value) return value as NonNullable<Exclude<T, false>>;
    if (Date.now() > deadline) throw new Error(`waited ${limitMs / 1000} s in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
