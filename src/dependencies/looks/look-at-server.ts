import { StatementError, UnreachableError } from "../../kernel/database.ts";
import type { Observation } from "../../kernel/observation.ts";
import { parseServerVersion } from "../../versions/parse.ts";
import { ownVersionOf, productOfAnswer } from "../../versions/product.ts";
import { judgeVersion, type Requirement } from "./judge-version.ts";

export interface ServerDependency extends Requirement {
  readonly url: string;
  /** Asks the server for its own version, by the scheme of its URL. Rejects with an UnreachableError. */
  readonly askVersion: (url: string, options: AskOptions) => Promise<ServerAnswer>;
}

export interface AskOptions {
  readonly signal: AbortSignal;
  /** Whether the answer must name the product. */
  readonly asksProduct: boolean;
}

export interface ServerAnswer {
  readonly version: string;
  /** The server's own text, such as `PostgreSQL 15.4 on x86_64…`. */
  readonly product?: string;
}

/** Reads the version of a database or cache server. */
export async function lookAtServer(
  { url, askVersion, ...requirement }: ServerDependency,
  signal: AbortSignal,
): Promise<Observation> {
  const needed = requirement.requires.text;
  try {
    const asksProduct = requirement.requires.product !== undefined;
    const { version, product } = await askVersion(url, { signal, asksProduct });
    // `tidb >=8` means TiDB's own version 8; `>=8` means the MySQL version that it imitates.
    const own = asksProduct && product !== undefined ? ownVersionOf(product) : undefined;
    return judgeVersion(own ?? version, requirement, {
      name: "the server",
      fix: "Upgrade the server first.",
      parse: parseServerVersion,
      product: () => (product === undefined ? undefined : productOfAnswer(product)),
    });
  } catch (error) {
    if (error instanceof UnreachableError) return { verdict: "unreachable", needed, reason: error.message };
    if (error instanceof StatementError)
      return { verdict: "unreadable", needed, reason: `the server refuses to give its version: ${error.message}` };
    throw error;
  }
}
