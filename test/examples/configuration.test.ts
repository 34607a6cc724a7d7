import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { Ajv2020 as Ajv } from "ajv/dist/2020.js";
import { load } from "js-yaml";
import { loadSettings } from "../../src/config/load.ts";
import { unknownVariables } from "../../src/config/override.ts";
import { settingsShape } from "../../src/config/settings.ts";
import { Failure } from "../../src/kernel/failure.ts";
import { scratchPath } from "../harness/scratch.ts";
import { files, filesLike, manifests } from "./files.ts";

const root = join(import.meta.dirname, "../..");

/** Every seaworthy.yaml, and those in a ConfigMap or in a README. */
const configurations = [
  ...filesLike(/(^|\/)seaworthy\.ya?ml$/).map(({ path, text }) => ({ path, text })),
  ...manifests.flatMap(({ path, manifest }) =>
    Object.entries(manifest.data ?? {})
      .filter(([name]) => name === "seaworthy.yaml")
      .map(([name, text]) => ({ path: `${path}: ${name}`, text })),
  ),
  ...filesLike(/\.md$/).flatMap(({ path, text }) =>
    [...text.matchAll(/```yaml\n(# seaworthy\.yaml\n[\s\S]*?)```/g)].map(([, yaml = ""]) => ({ path, text: yaml })),
  ),
];

/** A value for every variable that the file refers to. */
function variablesFor(text: string): Readonly<Record<string, string>> {
  const names = [...text.matchAll(/\$\{([A-Z_]+)/g)].map(([, name = ""]) => name);
  return Object.fromEntries(
    names.map((name) => [
      name,
      name.endsWith("_URL") ? "postgres://u:p@db/shop" : name.endsWith("VERSION") ? "1.0.0" : "db",
    ]),
  );
}

function read(text: string, extension = "yaml") {
  const configPath = scratchPath(`seaworthy.${extension}`);
  writeFileSync(configPath, text);
  return loadSettings({
    configPath,
    variables: variablesFor(text),
    workingDirectory: root,
    forUpgrade: true,
    onSecret: () => {},
  });
}

suite("every configuration in the examples", () => {
  for (const { path, text } of configurations) {
    test(`${path} is accepted by the real loader, for --upgrade and for a start`, async () => {
      const { warnings, settings } = await read(text);
      assert.deepEqual(warnings, []);
      assert.notDeepEqual(Object.keys(settings.dependencies), []);
    });

    test(`${path} passes the JSON Schema`, () => {
      const schema = JSON.parse(readFileSync(join(root, "dist/seaworthy.schema.json"), "utf8")) as object;
      const validate = new Ajv({ strict: false, allErrors: true }).compile(schema);
      assert.ok(validate(load(text)), JSON.stringify(validate.errors, undefined, 2));
    });
  }

  test("include the ConfigMap, and a misspelt key is detected", async () => {
    assert.ok(configurations.length >= 8, String(configurations.length));
    const embedded = configurations.find(({ path }) => path.includes("configmap"));
    assert.ok(embedded);
    await assert.rejects(read(embedded.text.replace("drainSeconds", "drainSecond")), (error) => {
      assert.ok(error instanceof Failure);
      return /did you mean drainSeconds/.test(error.message);
    });
  });
});

test("every SEAWORTHY_ variable in the examples exists", () => {
  const environment = (names: readonly string[]) => ({ get: () => undefined, names: () => names });
  for (const { path, text } of files) {
    // SEAWORTHY_IMAGE is a build argument of Dockerfiles. Hooks get FROM and TO.
    const names = [...text.matchAll(/\bSEAWORTHY_[A-Z_]*[A-Z]\b/g)]
      .map(([name]) => name)
      .filter((name) => !["SEAWORTHY_IMAGE", "SEAWORTHY_FROM", "SEAWORTHY_TO"].includes(name));
    assert.deepEqual(unknownVariables(settingsShape.fields ?? {}, environment(names), ["SEAWORTHY_CONFIG"]), [], path);
  }
  assert.notDeepEqual(unknownVariables(settingsShape.fields ?? {}, environment(["SEAWORTHY_STRAT"]), []), []);
});

test("every folder of migrations in a configuration exists", () => {
  for (const { path, folder, text } of filesLike(/(^|\/)seaworthy\.ya?ml$/)) {
    for (const [, named = ""] of text.matchAll(/\bmigrations: (\.\/[\w/]+)/g))
      assert.ok(existsSync(join(folder, named)), `${path}: ${named}`);
  }
});
