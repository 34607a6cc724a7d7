/** Where in a text the version stands. At most one is set; none: the whole text. */
export interface Extraction {
  /** JSON pointer (RFC 6901) into a JSON or YAML document. */
  readonly pointer?: string;
  /** Regular expression; its first group, or the whole match, is the version. */
  readonly pattern?: string;
}

export type Extracted = { readonly version: string } | { readonly problem: string };

/** Reads the version from a text. `parse` turns it into data where a pointer is given. */
export function extractVersion(
  text: string,
  { pointer, pattern }: Extraction,
  parse: (text: string) => unknown,
): Extracted {
  if (pattern !== undefined) {
    const match = new RegExp(pattern, "m").exec(text);
    return match === null
      ? { problem: `nothing in it matches ${pattern}` }
      : { version: (match[1] ?? match[0]).trim() };
  }
  if (pointer === undefined) return { version: text.trim() };
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
      value === undefined ? `it has nothing at ${pointer}` : `what it has at ${pointer} is neither text nor a number`,
  };
}

/** JSON as it is written: a number of any length keeps its digits, instead of going through a double. */
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
