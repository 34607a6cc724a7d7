import assert from "node:assert/strict";
import { test } from "node:test";
import type { HealthView } from "../../src/health/body.ts";
import { createAnswerer, type HealthRequest } from "../../src/health/routes.ts";
import { createSerialiser } from "../../src/health/serialise.ts";

const passing: HealthView = {
  app: { name: "shop", version: "2.3.0" },
  phase: "run",
  started: true,
  status: "pass",
  checks: [
    {
      name: "schema",
      kind: "schema",
      componentType: "datastore",
      status: "pass",
      observation: { verdict: "compatible", found: "0002" },
      lookMs: 3,
      lookedAt: 1000,
      since: 1000,
    },
  ],
  processes: [],
  units: [],
  upgrades: 0,
  notes: [],
};
const failing: HealthView = { ...passing, status: "fail", phase: "draining" };
const get = (target: string, more: Partial<HealthRequest> = {}): HealthRequest => ({
  method: "GET",
  target,
  detailed: true,
  ...more,
});

test("an answer is written once while the view is the same", () => {
  const answer = createAnswerer(() => 1000);
  assert.equal(answer(get("/health"), passing), answer(get("/readyz?a=b"), passing));
  assert.equal(answer(get("/health/schema"), passing), answer(get("/health/%73chema"), passing));
});

test("the page shows the time of its second, and is written once in it", () => {
  let now = 61_000;
  const answer = createAnswerer(() => now);
  const first = answer(get("/"), passing);
  assert.match(first.body, /1970-01-01 00:01:01 UTC/);
  now += 999;
  assert.equal(answer(get("/"), passing), first);
  now += 1;
  assert.match(answer(get("/"), passing).body, /1970-01-01 00:01:02 UTC/);
});

test("another view has its own answer at once, and so has the first one again", () => {
  const answer = createAnswerer(() => 1000);
  for (const [view, status] of [
    [passing, 200],
    [failing, 503],
    [passing, 200],
  ] as const)
    for (const target of ["/health", "/healthz", "/readyz"])
      assert.equal(answer(get(target), view).status, status, target);
});

test("a client without details never gets an answer that was written with them", () => {
  const answer = createAnswerer(() => 1000);
  assert.match(answer(get("/health"), passing).body, /"schema:version"/);
  assert.doesNotMatch(answer(get("/health", { detailed: false }), passing).body, /schema:version/);
  assert.match(answer(get("/health"), passing).body, /"schema:version"/);
});

test("the paths have answers of their own", () => {
  const answer = createAnswerer(() => 1000);
  const bodies = ["/health", "/livez", "/startupz", "/health/schema", "/health/none", "/nothing"].map(
    (target) => answer(get(target), { ...failing, started: false }).body,
  );
  assert.equal(new Set(bodies).size, bodies.length);
});

test("If-None-Match: 304 for the same answer, with its ETag; the whole answer once it has changed", () => {
  const answer = createAnswerer(() => 1000);
  const etag = answer(get("/health"), passing).headers["etag"];
  const again = answer(get("/health", { ifNoneMatch: etag }), passing);
  assert.deepEqual([again.status, again.body, again.headers["etag"]], [304, "", etag]);
  const later = { ...passing, notes: ["a note"] };
  assert.equal(answer(get("/health", { ifNoneMatch: etag }), later).status, 200);
  assert.equal(answer(get("/health", { ifNoneMatch: etag }), failing).status, 503);
});

test("a response that is sent again has its own date, end and body", () => {
  const serialise = createSerialiser();
  const response = createAnswerer()(get("/health"), passing);
  const texts = [
    serialise(response, { head: false, last: false }),
    serialise(response, { head: true, last: false }),
    serialise(response, { head: false, last: true }),
    serialise(response, { head: false, last: false }),
  ];
  const heads = texts.map((text) => text.slice(0, text.indexOf("\r\n\r\n")));
  for (const head of heads) {
    assert.equal(head.match(/^date: /gm)?.length, 1);
    assert.match(head, new RegExp(`^content-length: ${Buffer.byteLength(response.body)}$`, "m"));
  }
  assert.deepEqual(
    texts.map((text) => text.endsWith(response.body)),
    [true, false, true, true],
  );
  assert.deepEqual(
    heads.map((head) => head.includes("connection: close")),
    [false, false, true, false],
  );
});
