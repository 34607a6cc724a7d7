import { productOfDocument, productOfText, type Product } from "../../versions/product.ts";

/** The place of the version in a text. Neither: the whole text. Both: the pattern searches the pointer's value. */
export interface Extraction {
  /** JSON pointer (RFC 6901) into a JSON or YAML document. */
  readonly pointer?: string;
  /** Regular expression; its first group, or the whole match, is the version. */
  readonly pattern?: string;
}

export type Extracted = { readonly version: string } | { readonly problem: string };

/** Reads the version from a text. For a pointer, `parse` turns the text into data. */
export function extractVersion(
  text: string,
  { pointer, pattern }: Extraction,
  parse: (text: string) => unknown,
): Extracted {
  const found = pointer === undefined ? { version: text } : readPointer(text, pointer, parse);
  if ("problem" in found || pattern === undefined)
    return "problem" in found ? found : { version: found.version.trim() };
  const match = new RegExp(pattern, "m").exec(found.version);
  const where = pointer === undefined ? "it" : `its value at ${pointer}`;
  return match === null
    ? { problem: `nothing in ${where} matches ${pattern}` }
    : { version: (match[1] ?? match[0]).trim() };
}

function readPointer(text: string, pointer: string, parse: (text: string) => unknown): Extracted {
  let document: unknown;
  try {
    document = parse(text);
  } catch {
    return { problem: "it cannot be parsed" };
  }
  const value = resolvePointer(document, pointer);
  if (typeof value === "string" || typeof value === "number" || typeof value === "bigint")
    return { version: String(value) };
  return {
    problem:
      value === undefined ? `it has nothing at ${pointer}` : `its value at ${pointer} is neither text nor a number`,
  };
}

/** The product that a text names: in the fields of a document, or before the version in other text. */
export function productIn(text: string, parse: (text: string) => unknown): Product | undefined {
  try {
    return productOfDocument(parse(text)) ?? productOfText(text);
  } catch {
    return productOfText(text);
  }
}

/** Parses JSON and keeps numbers as text: a double would lose digits. */
export function parseJsonExactly(text: string): unknown {
  return JSON.parse(text.replace(/^\uFEFF/, ""), (_key, value: unknown, context?: { readonly source?: string }) =>
    typeof value === "number" && context?.source !== undefined ? context.source : value,
  );
}

function resolvePointer(document: unknown, pointer: string): unknown {
  if (pointer === "") return document;
  return pointer
    .split("/")
    .slice(1)
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce<unknown>((value, token) => {
      if (typeof value !== "object" || value === null || !Object.hasOwn(value, token)) return undefined;
      return (value as Readonly<Record<string, unknown>>)[token];
    }, document);
}
