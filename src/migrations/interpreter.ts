/** What env runs, by a script's first line. */
export interface FoundByEnv {
  /** The program, which env finds in PATH. Undefined if the line cannot tell. */
  readonly program?: string;
  /** Why env would fail. */
  readonly fault?: string;
}

/**
 * Reads `#!/usr/bin/env python3`, `#!/usr/bin/env -S deno run`. The kernel passes all that follows env as one word, and only the
 * option -S splits it: https://www.gnu.org/software/coreutils/manual/html_node/env-invocation.html
 */
export function readEnvLine(text: string): FoundByEnv {
  const [, argument = ""] = /^#![ \t]*(?:[^\s]*\/)?env[ \t]+([^\r\n]*?)[ \t]*\r?(?:\n|$)/.exec(text) ?? [];
  const split = /^(?:-[0iv]*S|--split-string=?)[ \t]*(.*)$/.exec(argument)?.[1];
  if (split !== undefined) return asProgram(programIn(split.split(/[ \t]+/)));
  if (/[ \t]/.test(argument)) return { fault: `env would look for one program named “${argument}”` };
  return argument === "" || argument.startsWith("-") || argument.includes("=") ? {} : { program: argument };
}

/** Options of env that take the next word. */
const withWord: ReadonlySet<string> = new Set(["-u", "--unset", "-C", "--chdir", "-a", "--argv0"]);

/** Skips options and variables. */
function programIn(words: readonly string[]): string | undefined {
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? "";
    if (withWord.has(word)) index++;
    else if (!word.startsWith("-") && !word.includes("=")) return word;
  }
  return undefined;
}

/** A word in quotes, or with a variable, is only known to env. */
function asProgram(word: string | undefined): FoundByEnv {
  return word === undefined || word === "" || /["'\\$]/.test(word) ? {} : { program: word };
}
