import { firstStatement } from "./comments.ts";
import { dividing } from "./dividing.ts";
import { refuse, type File, type Found } from "./signs.ts";

/** A part of a file that is run. Both are UTF-16 indexes. */
export interface Part {
  readonly from: number;
  readonly to: number;
}

/** The up parts, or the whole file if nothing divides it. Throws a Failure (78) if its tool would stop. */
export function divide(file: File, found: readonly Found[]): readonly Part[] {
  refuseUnbalanced(file, found);
  const dividers = found.filter(({ sign }) => sign.kind === "up" || sign.kind === "down");
  const [first] = dividers;
  if (first === undefined) {
    refuseUndivided(file, found);
    return [{ from: 0, to: file.source.length }];
  }
  const { notation } = first;
  refuseMixture(file, first, found, dividers);
  if (notation.beginsUp === true) return [{ from: 0, to: first.index }];
  refuseStray(file, first);
  const ups = dividers.filter(({ sign }) => sign.kind === "up");
  if (ups.length === 0) refuse(file, first.index, `"${first.line}" begins a down part, but the file has no up part`);
  const [, second] = ups;
  if (second !== undefined && notation.joinsParts !== true)
    refuse(
      file,
      second.index,
      `"${second.line}" begins a second up part, and ${notation.title} runs only one`,
      joinThem,
    );
  return ups.map((up) => ({ from: up.end, to: dividers[dividers.indexOf(up) + 1]?.index ?? file.source.length }));
}

/** Refuses a tool's lines in a file without an up marker: the tool would run nothing of it. */
function refuseUndivided(file: File, found: readonly Found[]): void {
  const one = found.find(({ notation, sign }) => {
    const says = ["no-transaction", "statement-begin", "statement-end"].includes(sign.kind);
    return says && dividing.includes(notation) && notation.beginsUp !== true;
  });
  if (one === undefined) return;
  const cause = `"${one.line}" is a line of ${one.notation.title}, which runs nothing of a file without an up part`;
  refuse(file, one.index, cause, "Add the line that begins it, or remove this one");
}

const joinThem = "Join the up parts into one, or write several files";

function refuseMixture(file: File, first: Found, found: readonly Found[], dividers: readonly Found[]): void {
  const other = dividers.find(({ notation }) => notation !== first.notation);
  if (other !== undefined) {
    const [one, two] = [first.notation.title, other.notation.title];
    refuse(
      file,
      other.index,
      `"${other.line}" is a line of ${two}, but the file also has lines of ${one} ("${first.line}")`,
    );
  }
  const loose = found.find(({ notation, sign }) => notation === first.notation && sign.kind === "loose");
  if (loose !== undefined)
    refuse(file, loose.index, `"${loose.line}" is a line where ${first.notation.title} cuts the file`, rewordIt);
}

const rewordIt = "Reword it, or remove the other words from the line";

/** Refuses statements before the first part: tools silently skip them, or stop. */
function refuseStray(file: File, first: Found): void {
  const stray = firstStatement(file, 0, first.index);
  if (stray === undefined) return;
  const cause = `a statement comes before "${first.line}", and ${first.notation.title} does not run it`;
  refuse(file, stray, cause, "Move it into the up part");
}

function refuseUnbalanced(file: File, found: readonly Found[]): void {
  let open: Found | undefined;
  for (const one of found) {
    const { kind } = one.sign;
    if (kind === "statement-begin") {
      if (open !== undefined) refuse(file, one.index, `"${one.line}" follows another one that has no end`, endIt);
      open = one;
    } else if (kind === "statement-end") {
      if (open === undefined) refuse(file, one.index, `"${one.line}" has no beginning`, endIt);
      open = undefined;
    } else if (open !== undefined && (kind === "up" || kind === "down")) break;
  }
  if (open !== undefined) refuse(file, open.index, `"${open.line}" has no end`, endIt);
}

const endIt = "Write StatementBegin and StatementEnd in pairs";
