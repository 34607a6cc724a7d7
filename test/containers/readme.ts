import { readFileSync } from "node:fs";

/** The shell commands under a heading of a README. */
export function commandsUnder(heading: string, readme: string): string {
  const section = readFileSync(readme, "utf8")
    .split(/^## /m)
    .find((part) => part.startsWith(`${heading}\n`));
  const commands = section && /^```sh\n(.*?)^```$/ms.exec(section)?.[1];
  if (!commands) throw new Error(`${readme} has no commands under "${heading}"`);
  return commands;
}
