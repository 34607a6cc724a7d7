import { createHash } from "node:crypto";
import { healthBody, type HealthBody, type HealthView } from "./body.ts";
import { renderPage } from "./page.ts";

export interface HealthRequest {
  readonly method: string;
  /** Path and query, as in the request's first line. */
  readonly target: string;
  readonly ifNoneMatch?: string | undefined;
  /** Whether this client may see details. */
  readonly detailed: boolean;
}

export interface HealthResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const readinessPaths: ReadonlySet<string> = new Set(["/health", "/healthz", "/readyz"]);
const known = "/health, /healthz, /readyz, /health/{dependency}, /livez, /startupz, /metrics, /";

/** Answers from the current state, without I/O, for any number of probes. /metrics is in metrics.ts. */
export function answer(request: HealthRequest, view: HealthView): HealthResponse {
  const refusal = refuseMethod(request.method);
  if (refusal !== undefined) return refusal;
  const path = pathOf(request.target);
  if (path === "/livez") return health(request, 200, healthBody(view, { status: "pass", checks: [], processes: [] }));
  if (path === "/startupz") {
    const status = view.started ? "pass" : "fail";
    const processes = view.processes.filter((process) => process.status !== "pass");
    const checks = view.checks.filter(({ kind }) => kind === "app");
    return health(request, httpStatus(status), healthBody(view, { status, checks, processes }));
  }
  if (readinessPaths.has(path)) return health(request, httpStatus(view.status), healthBody(view));
  if (path.startsWith("/health/")) return oneDependency(request, decode(path.slice("/health/".length)), view);
  if (path === "/") return page(request, view);
  if (path === "/metrics") return text(403, "cannot show metrics here: health.details does not allow it");
  return text(404, `not found. Known paths: ${known}`);
}

/** Also accepts `http://host/health`, which proxies use and every server must accept (RFC 9112, §3.2.2). */
export function pathOf(target: string): string {
  return target.replace(/^http:\/\/[^/?#]*/i, "").split("?", 1)[0] ?? "";
}

/** Returns undefined for allowed methods. */
export function refuseMethod(method: string): HealthResponse | undefined {
  if (method === "GET" || method === "HEAD") return undefined;
  return text(405, `cannot answer ${method}: use GET or HEAD`, { allow: "GET, HEAD" });
}

export function httpStatus(status: HealthView["status"]): number {
  return status === "fail" ? 503 : 200;
}

function oneDependency(request: HealthRequest, name: string, view: HealthView): HealthResponse {
  const checks = view.checks.filter((check) => check.name === name);
  const status = checks[0]?.status;
  if (status !== undefined) {
    return health(request, httpStatus(status), healthBody(view, { status, checks, processes: [] }));
  }
  const names = request.detailed ? view.checks.map((check) => check.name).join(", ") || "none" : "not shown here";
  return text(404, `no dependency has this name. Known: ${names}`);
}

function decode(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

function health({ detailed, ifNoneMatch }: HealthRequest, status: number, body: HealthBody): HealthResponse {
  const { status: verdict, version, serviceId, description, phase } = body;
  const shown = detailed ? body : { status: verdict, version, serviceId, description, phase };
  const etag = etagOf(JSON.stringify([status, shown], withoutTime));
  const headers = { ...headersFor("application/health+json"), etag };
  if (status === 200 && matches(ifNoneMatch, etag)) return { status: 304, headers, body: "" };
  return { status, headers, body: `${JSON.stringify(shown)}\n` };
}

/** Leaves the time out of the ETag, because it changes at every look. */
function withoutTime(key: string, value: unknown): unknown {
  return key === "time" ? undefined : value;
}

function page({ detailed }: HealthRequest, view: HealthView): HealthResponse {
  const headers = {
    ...headersFor("text/html; charset=utf-8"),
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
  };
  return {
    status: 200,
    headers,
    body: renderPage(detailed ? view : { ...view, checks: [], processes: [], notes: [] }, Date.now()),
  };
}

/** A weak ETag, because bodies with the same ETag differ in their times. */
function etagOf(content: string): string {
  return `W/"${createHash("sha256").update(content).digest("base64url").slice(0, 22)}"`;
}

function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  const strong = (tag: string) => tag.trim().replace(/^W\//, "");
  return ifNoneMatch?.split(",").some((tag) => tag.trim() === "*" || strong(tag) === strong(etag)) ?? false;
}

function text(status: number, message: string, headers: Readonly<Record<string, string>> = {}): HealthResponse {
  return { status, headers: { ...headersFor("text/plain; charset=utf-8"), ...headers }, body: `${message}\n` };
}

/** Clients must revalidate before they reuse an answer: it may change at any time, and a stale pass does harm. */
export function headersFor(contentType: string): Readonly<Record<string, string>> {
  return {
    "content-type": contentType,
    "cache-control": "max-age=0, must-revalidate",
    "x-content-type-options": "nosniff",
  };
}
