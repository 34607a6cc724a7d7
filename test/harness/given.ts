import { markName, runContainer, type ContainerOptions } from "./container.ts";
import { python } from "./python.ts";
import type { Variant } from "./variants.ts";

/** Everything that an app received, as printed by test/fixtures/pid1/given.py. Texts are hexadecimal bytes. */
export interface Given {
  readonly arguments: readonly string[];
  readonly variables: readonly string[];
  readonly folder: string;
  readonly descriptors: Readonly<Record<string, string>>;
  /** The bit masks of proc(5). */
  readonly ignored: string;
  readonly blocked: string;
  readonly pid: number;
  readonly listenPid: string | null;
}

export const givenApp = (...parameters: readonly string[]) => python("given.py", ...parameters);

/** Runs the app to its end. */
export async function readGiven(variant: Variant, argv: readonly string[], options: ContainerOptions): Promise<Given> {
  const { code, stdout, stderr } = await runContainer(variant, argv, options);
  if (code !== 0) throw new Error(`${argv.join(" ")} ended with ${code}:\n${stdout}${stderr}`);
  return parseGiven(stdout);
}

export function parseGiven(text: string): Given {
  return JSON.parse(text) as Given;
}

/** Leaves out seaworthy's own variables, which the app does not get, and the container's mark. */
export function foreignVariables(variables: readonly string[]): readonly string[] {
  const own = ["SEAWORTHY_", markName].map((name) => Buffer.from(name).toString("hex"));
  return variables.filter((entry) => !own.some((name) => entry.startsWith(name)));
}
