import { messageOf } from "../../kernel/failure.ts";
import type { Observation } from "../../kernel/observation.ts";
import type { LookContext } from "../kinds/kind.ts";
import { extractVersion, productIn, parseJsonExactly, type Extraction } from "./extract-version.ts";
import { judgeVersion, type Requirement } from "./judge-version.ts";

export interface CommandDependency
  extends Extraction, Requirement, Pick<LookContext, "environment" | "workingDirectory" | "spawn" | "adopt"> {
  /** The words of the command. No shell reads them. */
  readonly command: readonly string[];
}

/** Reads at most this much of the output, in characters. */
const outputLimit = 65_536;
/** How long reading the rest of the pipe may take after the program's end, in milliseconds. */
const drainMs = 100;

/** Reads a version that a program prints. The exit code must be 0. */
export async function lookAtCommand(dependency: CommandDependency, signal: AbortSignal): Promise<Observation> {
  const { command, requires } = dependency;
  const [file = ""] = command;
  const result = await runCommand(dependency, signal);
  if ("problem" in result)
    return { verdict: "unreachable", needed: requires.text, reason: `${file} ${result.problem}` };
  const found = extractVersion(result.output, dependency, parseJsonExactly);
  if ("problem" in found)
    return {
      verdict: "unreadable",
      needed: requires.text,
      reason: `cannot read a version from the output of ${file}: ${found.problem}`,
    };
  return judgeVersion(found.version, dependency, {
    name: `the target of ${file}`,
    fix: "Upgrade it first.",
    product: () => productIn(result.output, parseJsonExactly),
  });
}

type CommandResult = { readonly output: string } | { readonly problem: string };

function runCommand(
  { command, environment, workingDirectory, spawn, adopt }: CommandDependency,
  signal: AbortSignal,
): Promise<CommandResult> {
  const plan = { command, environment, workingDirectory };
  const { child } = spawn(plan, { stdio: ["ignore", "pipe", "ignore"], detached: true });
  let output = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    if (output.length < outputLimit) output += text;
  });
  const stop = () => {
    if (child.pid !== undefined) killGroup(child.pid);
    child.stdout?.destroy();
  };
  signal.addEventListener("abort", stop, { once: true });
  const { promise: exited, resolve: hasExited } = Promise.withResolvers<void>();
  const result = new Promise<CommandResult>((resolve) => {
    child.once(
      "error",
      (error) => child.pid === undefined && resolve({ problem: `cannot be run: ${messageOf(error)}` }),
    );
    child.once("exit", () => {
      // A later abort must not kill a process that has reused this pid.
      signal.removeEventListener("abort", stop);
      hasExited();
      // Its remaining children would hold the pipe open. A look must leave no process behind.
      if (child.pid !== undefined) killGroup(child.pid);
      setTimeout(() => child.stdout?.destroy(), drainMs).unref();
    });
    child.once("close", (code, by) => {
      if (signal.aborted && by !== null) resolve({ problem: "did not end in time" });
      else if (code === 0) resolve({ output: output.slice(0, outputLimit) });
      else resolve({ problem: by === null ? `exited with ${code}` : `was ended by ${by}` });
    });
  });
  if (child.pid !== undefined) adopt(child.pid, exited);
  return result;
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, "SIGKILL");
  } catch {
    // The group has ended.
  }
}
