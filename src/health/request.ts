/** The parts of a request's head that affect the answer: the first line and a few headers. */
export interface RequestHead {
  readonly method: string;
  /** Path and query, as in the first line. */
  readonly target: string;
  readonly ifNoneMatch: string | undefined;
  /** Whether the connection may be used for another request. */
  readonly keepAlive: boolean;
}

/** The status of the answer to a head that is refused. */
export type Refusal = { readonly refused: 400 | 505 };

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const firstLine = new RegExp(`^(${token}) ([\\x21-\\x7e]+) HTTP/(\\d)\\.(\\d)$`);
const headerLine = new RegExp(`^(${token}):[ \\t]*([\\t\\x20-\\x7e\\x80-\\xff]*)$`);

/**
 * Parses the head of an HTTP/1 request (RFC 9112, §2–§7): the lines before the empty line, one character per byte.
 * It is stricter than other servers: it refuses anything ambiguous. Requests are never passed on.
 */
export function parseRequestHead(head: string): RequestHead | Refusal {
  const [first = "", ...lines] = head.split("\r\n");
  const [, method, target, major, minor] = firstLine.exec(first) ?? [];
  if (method === undefined || target === undefined) return { refused: 400 };
  if (major !== "1") return { refused: 505 };
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, value = ""] = headerLine.exec(line) ?? [];
    if (name === undefined) return { refused: 400 };
    const key = name.toLowerCase();
    const before = headers.get(key);
    if (before !== undefined && key === "host") return { refused: 400 };
    headers.set(key, before === undefined ? value.trim() : `${before}, ${value.trim()}`);
  }
  if (minor !== "0" && !headers.has("host")) return { refused: 400 };
  // Bodies are never read. If one may follow, the connection ends after the answer.
  const hasBody = headers.has("transfer-encoding") || (headers.get("content-length") ?? "0") !== "0";
  const wantsToClose = /(^|,)\s*close\s*(,|$)/i.test(headers.get("connection") ?? "");
  return {
    method,
    target,
    ifNoneMatch: headers.get("if-none-match"),
    keepAlive: minor !== "0" && !hasBody && !wantsToClose,
  };
}
