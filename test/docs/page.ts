import { mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { tryOnHost } from "../harness/engine/docker.ts";
import { scratchPath } from "../harness/scratch.ts";

/** What a reader of a tutorial does, in the page's order. */
export type Step = FileStep | CommandStep;

interface FileStep {
  readonly kind: "file";
  readonly line: number;
  /** Relative to the folder that the reader is in. */
  readonly path: string;
  readonly text: string;
}

interface CommandStep {
  readonly kind: "command";
  readonly line: number;
  readonly script: string;
  /** The output that the page shows. Left out: it shows none. */
  readonly output?: string;
}

/**
 * Reads the fenced blocks of a page. A block after a line such as `` `app.js`: `` is a file. A block in `sh` is a
 * command, and a block in `text` after it is its output. Anything else is an error: a test would pass over it.
 */
export function readSteps(markdown: string): readonly Step[] {
  const steps: Step[] = [];
  for (const match of markdown.matchAll(/^```(\w*)\n([^]*?)^```$/gm)) {
    const [, language = "", text = ""] = match;
    const before = markdown.slice(0, match.index);
    const line = before.split("\n").length;
    const path = /^`([^`]+)`:\n\n$/m.exec(before.slice(before.trimEnd().lastIndexOf("\n") + 1))?.[1];
    const last = steps.at(-1);
    if (path !== undefined) steps.push({ kind: "file", line, path, text });
    else if (language === "sh") steps.push({ kind: "command", line, script: text });
    else if (language === "text" && last?.kind === "command" && last.output === undefined)
      steps.splice(-1, 1, { ...last, output: text });
    else throw new Error(`line ${line}: this block is no file, no command and no command's output`);
  }
  return steps;
}

export interface Run {
  /** Where the reader starts. */
  readonly folder: string;
  /** A folder of programs that are found before others. */
  readonly programs?: string;
  /** Called before each step. Throw to stop. */
  readonly onStep?: (step: Step) => Promise<void> | void;
}

/**
 * Does what the page says. Rejects at the first command that fails; and in the end, with all of them, if outputs are not
 * those that the page shows.
 */
export async function runSteps(steps: readonly Step[], { folder, programs, onStep }: Run): Promise<void> {
  let current = folder;
  const wrong: string[] = [];
  for (const step of steps) {
    await onStep?.(step);
    if (step.kind === "file") {
      await mkdir(dirname(join(current, step.path)), { recursive: true });
      await writeFile(join(current, step.path), step.text);
      continue;
    }
    const ended = await runCommand(step, current, programs === undefined ? [] : [programs]);
    current = ended.folder;
    if (step.output !== undefined && !isAsShown(ended.output, step.output))
      wrong.push(`line ${step.line}: the page shows another output than:\n${ended.output}`);
  }
  if (wrong.length > 0) throw new Error(wrong.join("\n"));
}

/** @returns what it printed, and the folder that the reader is in afterwards */
async function runCommand({ line, script }: CommandStep, folder: string, programs: readonly string[]) {
  const place = scratchPath("folder");
  const wrapped = `exec 2>&1\n${script}\npwd >"$PAGE_PLACE"`;
  const environment = { PAGE_PLACE: place, PATH: [...programs, process.env["PATH"]].join(delimiter) };
  const { code, stdout } = await tryOnHost(["sh", "-euc", wrapped], { workingDirectory: folder, environment });
  if (code !== 0) throw new Error(`line ${line}: exit code ${code}:\n${script}${stdout}`);
  return { output: stdout, folder: (await readFile(place, "utf8")).trim() };
}

/** `…` in the page stands for anything within a line. */
export function isAsShown(actual: string, shown: string): boolean {
  const pattern = shown
    .trimEnd()
    .split("…")
    .map((part) => RegExp.escape(part))
    .join(".+");
  return new RegExp(`^${pattern}$`, "v").test(
    actual
      .trimEnd()
      .split("\n")
      .map((line) => line.trimEnd())
      .join("\n"),
  );
}
