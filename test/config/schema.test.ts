import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Ajv } from "ajv";
import { fillLedgerUrls } from "../../src/config/fill-ledger-urls.ts";
import { settingsShape } from "../../src/config/settings.ts";
import { isMap } from "../../src/config/shapes/shape.ts";

const accepts = {
  editor: new Ajv({ strict: false, allErrors: false }).compile(settingsShape.schema),
  program: (document: unknown) =>
    settingsShape.read(fillLedgerUrls(document).value, { path: "", problems: [] }) !== undefined,
};

const common = { critical: false, whenUnreachable: "fail", timeoutMs: 100, intervalMs: 1000 } as const;

/** A document with every kind of value. */
const complete = {
  app: { name: "shop", version: "2.3.0" },
  run: ["nginx", "-g", "daemon off;", 80, ""],
  dependencies: {
    schema: {
      kind: "schema",
      url: "postgres://user:p%40ss@host:5432/db?sslmode=require",
      migrations: "./migrations",
      history: "seaworthy",
      table: "seaworthy.migrations",
      ...common,
    },
    "a-Release_2": { kind: "release", url: "postgresql://[::1]/db", app: "shop", requires: ">=2", ...common },
    server: { kind: "server", url: "rediss://cache", requires: ">=7", scheme: "numbers" },
    http: {
      kind: "http",
      url: "https://billing/version",
      pointer: "/version",
      pattern: "^(.*)$",
      headers: { Accept: "text/plain", "X-Number": 1 },
      ca: "/ca.pem",
      redirects: 1,
      requires: ">=2",
    },
    file: { kind: "file", path: "/config/settings.json", pointer: "/revision", requires: ">=7" },
    command: { kind: "command", command: ["app", "--version"], pattern: "(.*)", requires: ">=1" },
    tcp: { kind: "tcp", address: "cache:11211" },
  },
  upgrade: {
    url: "postgres:///db?host=/run/postgresql",
    ledger: "postgres://host/ledger",
    before: [["./bin/backup"], ["true"]],
    after: [["php", "artisan", "cache:clear"]],
    lockTimeoutSeconds: 0,
    connectTimeoutSeconds: 3600,
    migrate: { command: ["rails", "db:migrate"], timeoutSeconds: 5, workdir: "/srv", environment: { A: "x" } },
    onFailure: [["page"], { command: ["tell"] }],
    lockWaitSeconds: 0.5,
    lockRetrySeconds: 10,
  },
  processes: {
    app: {
      command: ["app"],
      after: ["db"],
      ready: { tcp: "127.0.0.1:9000", http: "http://x/", socket: "/s", file: "/f", command: ["ok"], timeoutSeconds: 1 },
      restart: "on-failure",
      critical: false,
      environment: { A: "x", B: 1, C: true },
      user: "www",
      group: "www",
      workdir: "/srv",
      stop: { signal: "QUIT", graceSeconds: 1, group: true },
    },
  },
  stop: { signal: 3, drainSeconds: 1, graceSeconds: 2, group: true },
  signals: { TERM: "QUIT", "28": "none" },
  exitCodes: { "143": 0 },
  health: { listen: "[::]:7979", details: "loopback", notifications: false },
  log: { format: "json", level: "debug" },
};

describe("the editor's schema and the program agree about a document", () => {
  test("both accept the complete and the empty document", () => {
    for (const document of [complete, {}])
      assert.deepEqual([accepts.editor(document), accepts.program(document)], [true, true]);
  });

  test("control: both refuse an unknown key", () => {
    assert.deepEqual([accepts.editor({ apps: {} }), accepts.program({ apps: {} })], [false, false]);
  });

  const replacements: readonly unknown[] = [
    undefined,
    true,
    false,
    -1,
    0,
    0.5,
    1,
    86_401,
    "",
    "text",
    "1.2.3.4:5",
    "host:65535",
    "host:65536",
    "postgres://u:a/b@host/db",
    "postgres://u:a#b@host/db",
    "postgres://u:1/2@host/db",
    "postgres://h/db name",
    "mysql://host/db",
    "debug",
    "A.B",
    [],
    [[]],
    ["text"],
    [["text"]],
    [1],
    [true],
    {},
    { text: "text" },
    { "bad name": {} },
  ];
  for (const path of pathsOf(complete)) {
    test(`any value at ${path.join(".")}`, () => {
      for (const value of replacements) {
        const document = withValue(complete, path, value);
        assert.equal(accepts.program(document), accepts.editor(document), JSON.stringify([path.join("."), value]));
      }
    });
  }
  for (const path of pathsOf(complete).filter((path) => isMap(valueAt(complete, path)))) {
    test(`an unknown key in ${path.join(".")}`, () => {
      const document = withValue(complete, [...path, "unheard of"], "text");
      assert.deepEqual([accepts.editor(document), accepts.program(document)], [false, false]);
    });
  }
});

describe("the intended differences", () => {
  const differences: readonly (readonly [string, object, { readonly editor: boolean; readonly program: boolean }])[] = [
    // Editors see the file before interpolation.
    [
      "a reference stands where it will be a number",
      { upgrade: { lockTimeoutSeconds: "${SECONDS}" } },
      { editor: true, program: false },
    ],
    [
      "a reference stands where it will be one of a few words",
      { log: { level: "${LEVEL}" } },
      { editor: true, program: false },
    ],
    [
      "a reference stands where it will be an address",
      { health: { listen: "${LISTEN}" } },
      { editor: true, program: false },
    ],
    // An interpolated value is text.
    ["digits", { upgrade: { lockTimeoutSeconds: "5" } }, { editor: false, program: true }],
    [
      "a reference stands where it will be a signal",
      { stop: { signal: "${SIGNAL}" } },
      { editor: true, program: false },
    ],
    // Editors offer only one spelling.
    ["a signal in lower case", { stop: { signal: "sigterm" } }, { editor: false, program: true }],
    ["one signal twice", { signals: { TERM: "QUIT", SIGTERM: "INT" } }, { editor: true, program: false }],
    // `key:` with nothing after it is null in YAML.
    ["nothing counts as left out", { log: { level: null }, app: null }, { editor: false, program: true }],
    ["no program can take it", { run: ["a\0b"] }, { editor: true, program: false }],
  ];
  for (const [name, document, expected] of differences) {
    test(name, () =>
      assert.deepEqual({ editor: accepts.editor(document), program: accepts.program(document) }, expected),
    );
  }
});

type Path = readonly (string | number)[];

/** The path of every value in the document, without the document itself. */
function pathsOf(value: unknown, path: Path = []): readonly Path[] {
  const entries = Array.isArray(value) ? [...value.entries()] : isMap(value) ? Object.entries(value) : [];
  return entries.flatMap(([key, inner]) => [[...path, key], ...pathsOf(inner, [...path, key])]);
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Readonly<Record<string | number, unknown>>)[key], value);
}

/** A copy with another value at the path; undefined removes it. */
function withValue(document: object, path: Path, value: unknown): unknown {
  const copy = structuredClone(document);
  const parent = valueAt(copy, path.slice(0, -1)) as Record<string | number, unknown>;
  const key = path.at(-1) ?? "";
  if (value !== undefined) parent[key] = value;
  else if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete parent[key];
  return copy;
}
