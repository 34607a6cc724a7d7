import type { HealthResponse } from "./routes.ts";

/** How a response is sent: `head` without its body, `last` with the end of the connection. */
export interface Delivery {
  readonly head: boolean;
  readonly last: boolean;
}

export type Serialise = (response: HealthResponse, delivery: Delivery) => string;

/** Writes responses. Remembers the lines of each response that is sent again, all but its date. */
export function createSerialiser(): Serialise {
  const written = new WeakMap<HealthResponse, string>();
  const linesOf = (response: HealthResponse): string => {
    const lines = written.get(response) ?? writeLines(response);
    written.set(response, lines);
    return lines;
  };
  return (response, { head, last }) => {
    const date = `date: ${new Date().toUTCString()}\r\n`;
    const content = head || response.status === 304 ? "" : response.body;
    return `${linesOf(response)}${date}${last ? "connection: close\r\n" : ""}\r\n${content}`;
  };
}

function writeLines({ status, headers, body }: HealthResponse): string {
  const fields = { ...headers, ...(status !== 304 && { "content-length": Buffer.byteLength(body) }) };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${phrases[status] ?? ""}\r\n${lines.join("")}`;
}

const phrases: Readonly<Record<number, string>> = {
  200: "OK",
  304: "Not Modified",
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  503: "Service Unavailable",
  505: "HTTP Version Not Supported",
};

export function plainResponse(status: number): HealthResponse {
  return { status, headers: { "content-type": "text/plain" }, body: `${phrases[status]}\n` };
}
