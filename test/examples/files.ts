import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { load, loadAll } from "js-yaml";

export const examples = join(import.meta.dirname, "../../examples");

export interface ExampleFile {
  /** Relative to examples/. */
  readonly path: string;
  /** The absolute path of its folder. */
  readonly folder: string;
  readonly text: string;
}

/** Every file in examples/. */
export const files: readonly ExampleFile[] = readdirSync(examples, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name))
  .filter((path) => !path.includes("/node_modules/"))
  .toSorted()
  .map((path) => ({ path: path.slice(examples.length + 1), folder: dirname(path), text: readFileSync(path, "utf8") }));

export function filesLike(pattern: RegExp): readonly ExampleFile[] {
  return files.filter(({ path }) => pattern.test(path));
}

export function fileAt(path: string): ExampleFile {
  const found = files.find((file) => file.path === path);
  if (found === undefined) throw new Error(`examples/${path} does not exist`);
  return found;
}

/** A Kubernetes manifest, with the parts that the tests read. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: { readonly activeDeadlineSeconds?: number; readonly template?: { readonly spec?: PodSpec } };
}

interface PodSpec {
  readonly securityContext?: { readonly runAsNonRoot?: boolean; readonly seccompProfile?: { readonly type: string } };
  readonly terminationGracePeriodSeconds?: number;
  readonly containers: readonly Container[];
}

export interface Container {
  readonly securityContext?: {
    readonly allowPrivilegeEscalation?: boolean;
    readonly capabilities?: { readonly drop?: readonly string[] };
  };
  readonly image: string;
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value: string }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly readinessProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly startupProbe?: Probe;
}

export interface Probe {
  readonly timeoutSeconds?: number;
  readonly periodSeconds?: number;
  readonly failureThreshold?: number;
  readonly httpGet: { readonly path: string; readonly port: string };
}

export interface ManifestFile {
  readonly path: string;
  readonly manifest: Manifest;
}

/** The manifests of the Kubernetes example, and of the chart with its default values. */
export const manifests: readonly ManifestFile[] = [
  ...filesLike(/^kubernetes\/.*\.yaml$/).flatMap(({ path, text }) => read(path, text)),
  ...filesLike(/^helm\/.*\/templates\/.*\.yaml$/).flatMap(({ path, text }) => read(path, render(text))),
];

function read(path: string, text: string): readonly ManifestFile[] {
  return loadAll(text).map((manifest) => ({ path, manifest: manifest as Manifest }));
}

/** Fills in values like Helm. The chart has only references: no functions, conditions or loops. */
function render(template: string): string {
  const chart = load(fileAt("helm/shop/Chart.yaml").text) as Readonly<Record<string, unknown>>;
  const values = {
    Values: load(fileAt("helm/shop/values.yaml").text) as Readonly<Record<string, unknown>>,
    Chart: { AppVersion: chart["appVersion"] },
    Release: { Name: "shop" },
  } as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  return template.replaceAll(/\{\{(.*?)\}\}/g, (match, expression: string) => {
    const [, object = "", key = ""] = /^ \.(\w+)\.(\w+) $/.exec(expression) ?? [];
    const value = values[object]?.[key];
    if (value === undefined) throw new Error(`the chart has no value for ${match}`);
    return String(value);
  });
}
