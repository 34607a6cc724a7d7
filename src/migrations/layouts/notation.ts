/** What a comment line of a migration tool means for what is run. */
export type Sign =
  /** The part that goes up begins here. */
  | { readonly kind: "up"; readonly transaction?: false }
  /** The part that goes down begins here. */
  | { readonly kind: "down" }
  /** A statement ends here, with or without a semicolon. */
  | { readonly kind: "break" }
  /** What stands between the two is one statement, whatever semicolons it has. */
  | { readonly kind: "statement-begin" }
  | { readonly kind: "statement-end" }
  | { readonly kind: "no-transaction" }
  /** It changes nothing here. */
  | { readonly kind: "nothing" }
  /** A sign of this tool only where the file has another one that divides it; elsewhere it may be anybody's words. */
  | { readonly kind: "loose" }
  /** It would be ignored, or means what seaworthy does not do. */
  | { readonly kind: "refused"; readonly cause: string; readonly fix?: string };

/** How one tool writes in comments what it wants to know of a migration. */
export interface Notation {
  /** The tool's name. */
  readonly title: string;
  /** Lines that claim to be of this tool, whatever the tool says of them. Global, multiline. */
  readonly claim: RegExp;
  /** What the tool takes the line for. `line` is without the white space around it. */
  readonly read: (line: string, place: LinePlace) => Sign;
  /** Whether what stands before the first sign is the part that goes up. Default: nothing may stand there. */
  readonly beginsUp?: true;
  /** Whether `no-transaction` is about the whole file, wherever it stands. Default: not from the part that goes down. */
  readonly speaksForAll?: true;
  /** Whether it puts values into the text: a pattern of what would be one. */
  readonly placeholder?: RegExp;
  /** Whether the tool runs several parts that go up, one after the other. Default: refused. */
  readonly joinsParts?: true;
}

export interface LinePlace {
  readonly source: string;
  /** Where the line begins, its white space left out. */
  readonly index: number;
}

export const nothing: Sign = { kind: "nothing" };

export function refused(cause: string, fix?: string): Sign {
  return fix === undefined ? { kind: "refused", cause } : { kind: "refused", cause, fix };
}

/** For a word that the tool does not know: it would take the line for a comment, or stop. */
export function unknown(title: string, known: readonly string[]): Sign {
  return refused(`${title} does not know this line`, `Write it as ${title} expects it: ${known.join(", ")}`);
}
