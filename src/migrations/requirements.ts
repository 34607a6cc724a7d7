import { ExitCode, Failure } from "../kernel/failure.ts";

/** A line at the head of a migration that names migrations to run before or after it. */
export interface Requirement {
  readonly line: number;
  readonly text: string;
  readonly relation: "after" | "before";
  /** Names of migrations, or the words of a sentence. */
  readonly words: readonly string[];
  /** Whether the line is `key: value`. Other lines count only if every word is the whole name of a migration. */
  readonly isSetting: boolean;
}

const comment = /^\s*(?:--|\/\/|\/\*|\*|#).*$|^\s*$/;
const after =
  "(?:runs?[-_ ]?)?after|depends?(?:[-_ ]?on)?|dependency|dependencies|deps|requires?|required|prerequisites?|needs?";
const before = "(?:runs?[-_ ]?)?before|required[-_ ]?by";
const setting = new RegExp(
  String.raw`^[\s\-/*#@+!<[({:]*(?:[\w-]+[.:])?(?:(${before})|(${after}))[\])}>]*(?:\s*([:=])\s*|\s+)(\S.*)$`,
  "i",
);

/**
 * Reads yoyo's `-- depends: NAME …`, Sqitch's `-- requires: NAME`, and similar lines (`-- depends_on: 0002`,
 * `// @runs-after 0002_b`) from the comments at the head of a file.
 */
export function readRequirements(source: string): readonly Requirement[] {
  const found: Requirement[] = [];
  for (const [index, line] of source.split(/\r?\n/, headLines).entries()) {
    if (!comment.test(line)) break;
    const [, isBefore, , sign, value = ""] = setting.exec(line) ?? [];
    const words = value
      .replaceAll(/[*\-/\s]+$/g, "")
      .split(/[\s,;]+/)
      .map(withoutMarks)
      .filter((word) => word !== "");
    if (words.length === 0) continue;
    const relation = isBefore === undefined ? "after" : "before";
    found.push({ line: index + 1, text: line.trim(), relation, words, isSetting: sign !== undefined });
  }
  return found;
}

const headLines = 100;

function withoutMarks(word: string): string {
  return word.replaceAll(/^["'`([{<]+|["'`)\]}>.]+$/g, "");
}

interface Requiring {
  readonly name: string;
  readonly path: string;
  readonly requirements: readonly Requirement[];
}

/**
 * Throws a Failure (78) if a requirement contradicts the order of the folder or names a migration that does not exist.
 * @param names the folder's migrations, in the order in which they are applied
 */
export function refuseContradiction({ name, path, requirements }: Requiring, names: readonly string[]): void {
  if (requirements.length === 0) return;
  const own = names.indexOf(name);
  for (const { line, text, relation, words, isSetting } of requirements) {
    if (!isSetting && !words.every((word) => findWhole(word, names).length > 0)) continue;
    const isList = isSetting && words.every((word) => findNamed(word, names).length > 0);
    for (const word of words) {
      const found = isList ? findNamed(word, names) : findWhole(word, names);
      const where = `${path}:${line}: "${text}"`;
      if (found.length === 0 && isSetting && /^[\d-]*\d_[a-z]/i.test(word))
        throw refusal(`${where} names ${word}, but the folder has no such migration`, "Correct the name");
      const agrees = found.some((at) => (relation === "after" ? at < own : at > own));
      if (found.length === 0 || agrees) continue;
      const other = names[found[0] ?? own] ?? word;
      const cause =
        other === name
          ? "that is this migration"
          : `${other} is applied ${relation === "after" ? "after" : "before"} it`;
      throw refusal(
        `${where} contradicts the order of the folder: ${cause}`,
        "Rename the one that is not yet applied anywhere, or correct the line",
      );
    }
  }
}

function findWhole(word: string, names: readonly string[]): readonly number[] {
  const stem = word.replace(/\.(?:sql|py|[cm]?[jt]s)$/i, "").replace(/\.(?:up|do)$/i, "");
  return indexesOf(names, (name) => name === word || name === stem);
}

/** Finds a migration by its whole name, its number, or its name without the number: `0002_users`, `2`, `users`. */
function findNamed(word: string, names: readonly string[]): readonly number[] {
  const whole = findWhole(word, names);
  if (whole.length > 0) return whole;
  if (/^\d+$/.test(word)) return indexesOf(names, (name) => numberOf(name) === BigInt(word));
  return indexesOf(names, (name) => name.replace(/^V?[\d._-]+[._-]/, "") === word);
}

function numberOf(name: string): bigint | undefined {
  const [, digits] = /^V?(\d+)(?!\d)/.exec(name) ?? [];
  return digits === undefined ? undefined : BigInt(digits);
}

function indexesOf(names: readonly string[], isWanted: (name: string) => boolean): readonly number[] {
  return names.flatMap((name, index) => (isWanted(name) ? [index] : []));
}

function refusal(cause: string, fix: string): Failure {
  return new Failure(ExitCode.configuration, `${cause}. ${fix}.`);
}
