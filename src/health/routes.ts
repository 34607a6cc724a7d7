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

/** Answers one request. Does no I/O, for any number of probes. */
export type Answerer = (request: HealthRequest, view: HealthView) => HealthResponse;

/**
 * Keeps the answers of the current view for up to a second: while nothing changes, a probe costs no JSON and no hash.
 * /metrics is in metrics.ts.
 * @param now milliseconds since 1970
 */
export function createAnswerer(now: () => number = Date.now): Answerer {
  let answered: HealthView | undefined;
  let second = 0;
  const kept = new Map<string, HealthResponse>();
  const keep = (key: string, write: () => HealthResponse): HealthResponse => {
    const before = kept.get(key);
    if (before !== undefined) return before;
    const written = write();
    kept.set(key, written);
    return written;
  };
  return (request, view) => {
    const current = Math.floor(now() / 1000);
    // The page shows the time.
    if (view !== answered || current !== second) kept.clear();
    [answered, second] = [view, current];
    const { method, target, detailed, ifNoneMatch } = request;
    const refusal = refuseMethod(method);
    if (refusal !== undefined) return refusal;
    const path = pathOf(target);
    if (path === "/") return keep(`${detailed} page`, () => page(detailed, view, current * 1000));
    const document = documentAt(path, view);
    if (document === undefined) return otherPath(path, request, view);
    const key = `${detailed} ${document.about}`;
    const whole = keep(key, () => writeHealth(document.read(), detailed));
    const isKnown = whole.status === 200 && matches(ifNoneMatch, whole.headers["etag"]);
    return isKnown ? keep(`304 ${key}`, () => ({ ...whole, status: 304, body: "" })) : whole;
  };
}

interface HealthDocument {
  readonly status: number;
  readonly body: HealthBody;
}

interface FoundDocument {
  /** The same for all paths of one document: clients can write a path in any number of ways. */
  readonly about: string;
  readonly read: () => HealthDocument;
}

/** The health document of a path that has one. */
function documentAt(path: string, view: HealthView): FoundDocument | undefined {
  if (readinessPaths.has(path)) return { about: "ready", read: () => readiness(view) };
  if (path === "/livez") return { about: "live", read: () => liveness(view) };
  if (path === "/startupz") return { about: "started", read: () => startup(view) };
  return path.startsWith("/health/") ? oneDependency(decode(path.slice("/health/".length)), view) : undefined;
}

function readiness(view: HealthView): HealthDocument {
  return { status: httpStatus(view.status), body: healthBody(view) };
}

function liveness(view: HealthView): HealthDocument {
  return { status: 200, body: healthBody(view, { status: "pass", checks: [], processes: [] }) };
}

function startup(view: HealthView): HealthDocument {
  const status = view.started ? "pass" : "fail";
  const processes = view.processes.filter((process) => process.status !== "pass");
  const checks = view.checks.filter(({ kind }) => kind === "app");
  return { status: httpStatus(status), body: healthBody(view, { status, checks, processes }) };
}

function otherPath(path: string, request: HealthRequest, view: HealthView): HealthResponse {
  if (path === "/metrics") return text(403, "cannot show metrics here: health.details does not allow it");
  if (path.startsWith("/health/")) return unknownDependency(request, view);
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

function oneDependency(name: string, view: HealthView): FoundDocument | undefined {
  const checks = view.checks.filter((check) => check.name === name);
  const status = checks[0]?.status;
  if (status === undefined) return undefined;
  const read = () => ({ status: httpStatus(status), body: healthBody(view, { status, checks, processes: [] }) });
  return { about: `dependency ${name}`, read };
}

function unknownDependency({ detailed }: HealthRequest, { checks }: HealthView): HealthResponse {
  const names = detailed ? checks.map((check) => check.name).join(", ") || "none" : "not shown here";
  return text(404, `no dependency has this name. Known: ${names}`);
}

function decode(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

function writeHealth({ status, body }: HealthDocument, detailed: boolean): HealthResponse {
  const { status: verdict, version, serviceId, description, phase } = body;
  const shown = detailed ? body : { status: verdict, version, serviceId, description, phase };
  const etag = etagOf(JSON.stringify([status, shown], withoutTime));
  const headers = { ...headersFor("application/health+json"), etag };
  return { status, headers, body: `${JSON.stringify(shown)}\n` };
}

/** Leaves the time out of the ETag, because it changes at every look. */
function withoutTime(key: string, value: unknown): unknown {
  return key === "time" ? undefined : value;
}

function page(detailed: boolean, view: HealthView, now: number): HealthResponse {
  const headers = {
    ...headersFor("text/html; charset=utf-8"),
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
  };
  const shown = detailed ? view : { ...view, checks: [], processes: [], notes: [] };
  return { status: 200, headers, body: renderPage(shown, now) };
}

/** A weak ETag, because bodies with the same ETag differ in their times. */
function etagOf(content: string): string {
  return `W/"${createHash("sha256").update(content).digest("base64url").slice(0, 22)}"`;
}

function matches(ifNoneMatch: string | undefined, etag = ""): boolean {
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
