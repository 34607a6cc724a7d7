/** The effect of a migration tool's comment line. */
export type Sign =
  /** The up part begins here. */
  | { readonly kind: "up"; readonly transaction?: false }
  /** The down part begins here. */
  | { readonly kind: "down" }
  /** A statement ends here, with or without a semicolon. */
  | { readonly kind: "break" }
  /** The text between these two is one statement, even with semicolons in it. */
  | { readonly kind: "statement-begin" }
  | { readonly kind: "statement-end" }
  | { readonly kind: "no-transaction" }
  /** It has no effect on seaworthy. */
  | { readonly kind: "nothing" }
  /** It counts only if another line of the same tool divides the file. Otherwise it may be ordinary prose. */
  | { readonly kind: "loose" }
  /** The tool would ignore it, or seaworthy does not do what it asks for. */
  | { readonly kind: "refused"; readonly cause: string; readonly fix?: string };

/** The comments in which a tool reads instructions for a migration. */
export interface Notation {
  /** The tool's name. */
  readonly title: string;
  /** Lines that look like the tool's, even if the tool does not know them. Global, multiline. */
  readonly claim: RegExp;
  /** How the tool reads the line. `line` has no white space around it. */
  readonly read: (line: string, place: LinePlace) => Sign;
  /** Whether the up part is the text before the first sign. Default: no statement may come before it. */
  readonly beginsUp?: true;
  /** Whether `no-transaction` applies to the whole file from any place. Default: not from the down part. */
  readonly speaksForAll?: true;
  /** Matches a placeholder that the tool replaces by a value. Default: it replaces none. */
  readonly placeholder?: RegExp;
  /** Whether the tool runs several up parts, one after the other. Default: refused. */
  readonly joinsParts?: true;
}

export interface LinePlace {
  readonly source: string;
  /** The start of the line, without its leading white space. */
  readonly index: number;
}

export const nothing: Sign = { kind: "nothing" };

export function refused(cause: string, fix?: string): Sign {
  return fix === undefined ? { kind: "refused", cause } : { kind: "refused", cause, fix };
}

/** A line that the tool does not know: it would ignore the line, or stop. */
export function unknown(title: string, known: readonly string[]): Sign {
  return refused(`${title} does not know this line`, `Write it as ${title} expects it: ${known.join(", ")}`);
}
