import { hasStatement, type Anatomy } from "./comments.ts";
import { findDown } from "./find-down.ts";
import { saysNoTransaction } from "./no-transaction.ts";
import type { Part } from "./parts.ts";
import { createInsideTest, remarksOf } from "./remarks.ts";
import { refuse, type File, type Found } from "./signs.ts";

/** Throws a Failure (78) for a comment that looks like the marker of an unknown tool. */
export function refuseLookalikes(
  file: File,
  anatomy: Anatomy,
  found: readonly Found[],
  parts: readonly Part[],
  inTransaction: boolean,
): void {
  const remarks = remarksOf(file.source, anatomy, found);
  const isInside = createInsideTest(file, found);
  const down = findDown({ text: file, parts, remarks, isInside });
  if (down !== undefined) {
    const runs = hasStatement(file, down.end, file.source.length) ? "the statements after it" : "its statement";
    const cause = `looks like a marker of a down part that seaworthy does not know: ${runs} would be run`;
    refuse(file, down.index, `"${firstLine(down.text)}" ${cause}`, ownFiles);
  }
  const isInPart = ({ index }: { readonly index: number }) => parts.some(({ from, to }) => index >= from && index < to);
  const setting = inTransaction
    ? remarks.find((one) => isInPart(one) && saysNoTransaction(one.text) && (one.beginsLine || !isInside(one)))
    : undefined;
  if (setting !== undefined) {
    const cause = "looks like a request to run without a transaction, in a form that seaworthy does not know";
    refuse(file, setting.index, `"${firstLine(setting.text)}" ${cause}`, ownDirective);
  }
}

const ownFiles = "Keep only the up part here and move the rest into NAME.down.sql, or reword the comment";
const ownDirective = "Write `-- seaworthy: no-transaction` at the head of the file, or reword the comment";

function firstLine(text: string): string {
  return text.split(/\r?\n/, 1)[0] ?? "";
}
