import { readUrl } from "../../src/urls/read.ts";

/** The content of a URL in one line, without the unset parts. */
export function describeUrl(url: string): string {
  const read = readUrl(url);
  if ("refusal" in read) return `refused: ${read.refusal}`;
  const { address, warnings } = read;
  return JSON.stringify({ ...address, ...(warnings.length > 0 && { warnings: warnings.length }) });
}
