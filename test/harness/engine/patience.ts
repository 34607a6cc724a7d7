/** Container engines are slower than processes: a HEALTHCHECK has an interval of seconds. */
const limitMs = 120_000;

/** Like `waitFor`, for a container engine. At the timeout, `describe` adds the current state to the error. */
export async function waitLong(
  what: string,
  holds: () => boolean | Promise<boolean>,
  describe: () => string | Promise<string> = () => "",
): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`timeout: waited ${limitMs / 1000} s for ${what}\n${await describe()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
