import { readFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { messageOf } from "../../kernel/failure.ts";
import type { Observation } from "../../kernel/observation.ts";
import type { Product } from "../../versions/product.ts";
import { extractVersion, parseJsonExactly, productIn, type Extracted, type Extraction } from "./extract-version.ts";
import { judgeVersion, type Requirement } from "./judge-version.ts";

export interface HttpDependency extends Extraction, Requirement {
  readonly url: string;
  /** Name of the response header that holds the version. */
  readonly header?: string;
  /** Headers of the request. */
  readonly headers: Readonly<Record<string, string>>;
  /** File with the certificates to trust instead of the system's. */
  readonly ca?: string;
  /** How many redirects to follow. */
  readonly redirects: number;
}

/** Refuses a longer body, in characters. */
const bodyLimit = 1_048_576;

/** Reads a version from a service over HTTP. */
export async function lookAtHttp(dependency: HttpDependency, signal: AbortSignal): Promise<Observation> {
  const { requires } = dependency;
  const where = describe(dependency.url);
  let answer: Answer;
  try {
    answer = await ask(dependency, new URL(dependency.url), dependency.redirects, signal);
  } catch (error) {
    const cause = signal.aborted ? "no answer in time" : messageOf(error);
    return { verdict: "unreachable", needed: requires.text, reason: `cannot reach ${where}: ${cause}` };
  }
  if (answer.status >= 500)
    return { verdict: "unreachable", needed: requires.text, reason: `${where} answered ${answer.status}` };
  if (answer.status < 200 || answer.status >= 300) {
    const fix = answer.status < 400 ? ". Use the URL that it redirects to, or set redirects" : "";
    return { verdict: "unreadable", needed: requires.text, reason: `${where} answered ${answer.status}${fix}` };
  }
  const found =
    dependency.header === undefined
      ? extractVersion(answer.body, dependency, parseJsonExactly)
      : fromHeader(answer, dependency.header, dependency);
  if ("problem" in found)
    return {
      verdict: "unreadable",
      needed: requires.text,
      reason: `cannot read a version from ${where}: ${found.problem}`,
    };
  return judgeVersion(found.version, dependency, {
    name: where,
    fix: "Deploy the newer version of that service first.",
    product: () => productOfAnswer(answer, dependency.header),
  });
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

function fromHeader({ headers }: Answer, name: string, { pattern }: Extraction): Extracted {
  const value = headers[name.toLowerCase()];
  if (typeof value !== "string") return { problem: `the answer has no header ${name}` };
  return extractVersion(value, pattern === undefined ? {} : { pattern }, parseJsonExactly);
}

/** Elasticsearch names its product in a separate header, others in the header or body with the version. */
function productOfAnswer({ headers, body }: Answer, header: string | undefined): Product | undefined {
  const elastic = headers["x-elastic-product"];
  if (typeof elastic === "string") return elastic.toLowerCase();
  const value = header === undefined ? undefined : headers[header.toLowerCase()];
  return productIn(typeof value === "string" ? value : body, parseJsonExactly);
}

async function ask(dependency: HttpDependency, url: URL, redirects: number, signal: AbortSignal): Promise<Answer> {
  const answer = await request(dependency, url, signal);
  const { location } = answer.headers;
  if (answer.status < 300 || answer.status >= 400 || location === undefined || redirects === 0) return answer;
  const target = new URL(location, url);
  // Credentials are only for the configured service, not for another origin that it redirects to.
  const headers = target.origin === url.origin ? dependency.headers : {};
  return ask({ ...dependency, headers }, target, redirects - 1, signal);
}

async function request({ headers, ca }: HttpDependency, url: URL, signal: AbortSignal): Promise<Answer> {
  const client = url.protocol === "https:" ? await import("node:https") : await import("node:http");
  const trusted = ca === undefined ? {} : { ca: await readFile(ca) };
  return new Promise((resolve, reject) => {
    const options = {
      signal,
      agent: false as const,
      headers: { accept: "application/json, text/plain, */*", ...headers },
      ...trusted,
    };
    const sent = client.get(url, options, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => {
        body += text;
        if (body.length > bodyLimit) response.destroy(new Error(`the answer is longer than ${bodyLimit} bytes`));
      });
      response.on("error", reject);
      response.once("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    sent.on("error", reject);
  });
}

/** Leaves out user, password and query: they may be secrets. */
function describe(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
