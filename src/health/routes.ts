import { healthBody, type HealthView } from "./body.ts";

export interface HealthRequest {
  readonly method: string;
  /** Path and query, as they stand in the request's first line. */
  readonly target: string;
}

export interface HealthResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const readinessPaths: ReadonlySet<string> = new Set(["/health", "/healthz", "/readyz"]);

/** Answers from what is known already: no I/O, whatever the number of probes. */
export function answer({ method, target }: HealthRequest, view: HealthView): HealthResponse {
  if (method !== "GET" && method !== "HEAD") {
    return problem(405, `cannot answer ${method}: use GET or HEAD`, { allow: "GET, HEAD" });
  }
  const path = target.split("?", 1)[0] ?? "";
  if (path === "/livez") return health(200, { ...healthBody(view, { checks: [], processes: [] }), status: "pass" });
  if (readinessPaths.has(path)) return health(view.status === "fail" ? 503 : 200, healthBody(view));
  if (path.startsWith("/health/")) return oneDependency(decode(path.slice("/health/".length)), view);
  return problem(404, "not found. Known paths: /health, /healthz, /readyz, /health/{dependency}, /livez");
}

function oneDependency(name: string, view: HealthView): HealthResponse {
  const checks = view.checks.filter((check) => check.name === name);
  const status = checks[0]?.status;
  if (status !== undefined)
    return health(status === "fail" ? 503 : 200, healthBody({ ...view, status }, { checks, processes: [] }));
  const known = view.checks.map((check) => check.name).join(", ");
  return problem(404, `no dependency has this name. Known: ${known === "" ? "none" : known}`);
}

function decode(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

function health(status: number, body: object): HealthResponse {
  return { status, headers: headersFor("application/health+json"), body: `${JSON.stringify(body)}\n` };
}

function problem(status: number, message: string, headers: Readonly<Record<string, string>> = {}): HealthResponse {
  return { status, headers: { ...headersFor("text/plain; charset=utf-8"), ...headers }, body: `${message}\n` };
}

/** The answer changes at any time, and a cached pass is worse than none. */
function headersFor(contentType: string): Readonly<Record<string, string>> {
  return { "content-type": contentType, "cache-control": "no-store", "x-content-type-options": "nosniff" };
}
