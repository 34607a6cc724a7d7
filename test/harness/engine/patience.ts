/** What a container engine does takes longer than what a process does: HEALTHCHECK has an interval of seconds. */
const limitMs = 120_000;

/** As `waitFor`, for what an engine does. `describe` tells how things stand where it was in vain. */
export async function waitLong(
  what: string,
  holds: () => boolean | Promise<boolean>,
  describe: () => string | Promise<string> = () => "",
): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited ${limitMs / 1000} s in vain for ${what}\n${await describe()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
