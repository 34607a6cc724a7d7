import type { Directives } from "./directives.ts";

/** The part of a file that is run, at the same line numbers as in the file. */
export interface UpPart {
  readonly sql: string;
  readonly directives: Partial<Directives>;
}

interface Layout {
  readonly up: RegExp;
  readonly down: RegExp;
  readonly noTransaction: RegExp;
}

/** Files that hold both ways, divided by comment lines. */
const layouts: readonly Layout[] = [
  // https://github.com/amacneil/dbmate#creating-migrations
  {
    up: /^[ \t]*--\s*migrate:up\b.*$/im,
    down: /^[ \t]*--\s*migrate:down\b.*$/im,
    noTransaction: /^[ \t]*--\s*migrate:up\b.*\btransaction:false\b/im,
  },
  // https://pressly.github.io/goose/documentation/annotations/
  {
    up: /^[ \t]*--\s*\+goose\s+up\b.*$/im,
    down: /^[ \t]*--\s*\+goose\s+down\b.*$/im,
    noTransaction: /^[ \t]*--\s*\+goose\s+no\s+transaction\b/im,
  },
];

/** Takes what goes up, as dbmate and goose divide their files. The part that goes down is never run. */
export function upPartOf(source: string): UpPart {
  for (const { up, down, noTransaction } of layouts) {
    const upAt = up.exec(source)?.index;
    const downAt = down.exec(source)?.index;
    if (upAt === undefined && downAt === undefined) continue;
    const directives = noTransaction.test(source) ? { transaction: false } : {};
    const start = upAt ?? 0;
    // A file may give the way down first.
    const end = downAt !== undefined && downAt > start ? downAt : source.length;
    return { sql: blank(source.slice(0, start)) + source.slice(start, end), directives };
  }
  return { sql: source, directives: {} };
}

/** Only its line breaks: places in an error message are those of the file. */
function blank(text: string): string {
  return text.replaceAll(/[^\r\n]/g, "");
}
