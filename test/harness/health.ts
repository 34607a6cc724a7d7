import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { request, type IncomingHttpHeaders } from "node:http";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { startContainer, type Container, type ContainerOptions } from "./container.ts";
import { waitFor } from "./wait.ts";

/** The parts of a health document that tests read. Every document has passed the published schema. */
export interface HealthDocument {
  readonly status: "pass" | "warn" | "fail";
  readonly version?: string;
  readonly phase: string;
  readonly output?: string;
  readonly checks?: Readonly<Record<string, readonly DependencyCheck[]>>;
}

export interface DependencyCheck {
  readonly componentType: string;
  readonly observedValue?: string;
  readonly neededValue?: string;
  readonly status: "pass" | "warn" | "fail";
  readonly verdict: string;
  readonly output?: string;
  readonly time?: string;
  readonly since: string;
  readonly pending?: readonly string[];
  readonly pendingCount?: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface AskOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const root = join(import.meta.dirname, "../..");
const limitMs = 10_000;

/** Sends one request on a new connection. `base` is the address in the log: http://host:port or unix:/path. */
export function ask(base: string, path: string, { method = "GET", headers = {} }: AskOptions = {}): Promise<Answer> {
  const options = { method, headers, path, agent: false as const, timeout: limitMs };
  const { hostname, port } = new URL(base);
  const address = base.startsWith("unix:") ? { socketPath: base.slice("unix:".length) } : { hostname, port };
  return new Promise((resolve, reject) => {
    const sent = request({ ...options, ...address }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
      response.on("error", reject);
    });
    sent.on("timeout", () => sent.destroy(new Error(`no answer to ${path} within ${limitMs} ms`)));
    sent.on("error", reject);
    sent.end();
  });
}

/** Like `ask`, and asserts that the body passes the schema that is published with the program. */
export async function askHealth(
  base: string,
  path = "/health",
  options: AskOptions = {},
): Promise<Answer & { readonly body: HealthDocument }> {
  const answer = await ask(base, path, options);
  assert.equal(answer.headers["content-type"], "application/health+json", `${path}: ${answer.text}`);
  return { ...answer, body: validDocument(answer.text, answer.status) };
}

let validate: ReturnType<Ajv2020["compile"]> | undefined;

/** Parses a body, and asserts that it passes the schema and matches the status code. */
export function validDocument(text: string, status: number): HealthDocument {
  validate ??= compileSchema();
  const body = JSON.parse(text) as HealthDocument;
  assert.ok(validate(body), `${JSON.stringify(validate.errors)}\n${text}`);
  assert.equal(status, body.status === "fail" ? 503 : 200, text);
  return body;
}

function compileSchema(): ReturnType<Ajv2020["compile"]> {
  const schema = JSON.parse(readFileSync(join(root, "dist/seaworthy-health.schema.json"), "utf8")) as object;
  const isTime = (text: string) => !Number.isNaN(Date.parse(text));
  return new Ajv2020({ allErrors: true, formats: { "date-time": isTime } }).compile(schema);
}

export interface Watched extends Container {
  /** The address of the health endpoint, from the log. */
  readonly base: () => Promise<string>;
  readonly ask: (path: string, options?: AskOptions) => Promise<Answer>;
  readonly health: (path?: string, options?: AskOptions) => Promise<Answer & { readonly body: HealthDocument }>;
  readonly check: (dependency: string) => Promise<DependencyCheck>;
  /** Waits until a dependency has the verdict. */
  readonly untilVerdict: (dependency: string, verdict: string) => Promise<DependencyCheck>;
}

export interface WatchedOptions extends ContainerOptions {
  readonly settings: object;
  /** Default: an idle app. */
  readonly argv?: readonly string[];
  readonly build?: "bundle" | "program";
  readonly asPid1?: boolean;
}

/** Starts seaworthy with an idle app. It watches the dependencies in `settings`. */
export function startWatched({ argv = ["sleep", "infinity"], ...options }: WatchedOptions): Watched {
  const { build = "bundle", asPid1 = false } = options;
  const container = startContainer({ build, asPid1 }, argv, options);
  const base = async () => {
    const read = () => /serving health on (\S+)\/health/.exec(container.stderr())?.[1];
    await container.until("health was served", () => read() !== undefined);
    return read() ?? "";
  };
  const health: Watched["health"] = async (path, asked) => askHealth(await base(), path, asked);
  const check = async (dependency: string) => {
    const [found] = (await health()).body.checks?.[`${dependency}:version`] ?? [];
    assert.ok(found, `the document has no check for ${dependency}`);
    return found;
  };
  return {
    ...container,
    [Symbol.dispose]: () => container[Symbol.dispose](),
    base,
    health,
    check,
    ask: async (path, asked) => ask(await base(), path, asked),
    async untilVerdict(dependency, verdict) {
      let last: DependencyCheck | undefined;
      try {
        return await waitFor(`${dependency} to be ${verdict}`, async () => {
          last = await check(dependency);
          return last.verdict === verdict && last;
        });
      } catch (error) {
        throw new Error(`${String(error)}: it is ${JSON.stringify(last)}\n${container.stderr()}`, { cause: error });
      }
    },
  };
}
