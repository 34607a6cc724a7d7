import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, suite } from "node:test";
import { withoutRoot, type Build } from "./program.ts";
import { scratchPath } from "./scratch.ts";

/** A way to run seaworthy, or, as a control, to run the app without it. */
export interface Variant {
  readonly build: Build | "nothing";
  /** Run as the real PID 1 of a PID namespace. */
  readonly asPid1: boolean;
}

const variants: readonly Variant[] = [
  { build: "bundle", asPid1: false },
  { build: "bundle", asPid1: true },
  { build: "program", asPid1: false },
  { build: "program", asPid1: true },
];

export const asRoot = process.getuid?.() === 0;

interface SuiteOptions {
  /** How many tests of a variant run at the same time. Default: 3. */
  readonly concurrency?: number;
  /** Default: 2. */
  readonly variantsAtOnce?: number;
  /** Run only these variants. */
  readonly only?: "PID 1" | "not PID 1";
  /** The reason to skip all of them. */
  readonly skip?: string | false;
}

/** Defines the same tests for every variant. */
export function forEachVariant(
  title: string,
  { concurrency = 3, variantsAtOnce = 2, skip = false, only }: SuiteOptions,
  define: (variant: Variant) => void,
): void {
  suite(title, { concurrency: variantsAtOnce, skip }, () => {
    for (const variant of variants) {
      const plain = variant.build === "bundle" && !variant.asPid1;
      const place = variant.asPid1 ? "PID 1" : "not PID 1";
      if (only !== undefined && only !== place) continue;
      describe(`${variant.build}, ${place}`, { concurrency, skip: plain ? false : withoutRoot }, () => define(variant));
    }
  });
}

export function withoutSeaworthy({ asPid1 }: Variant): Variant {
  return { build: "nothing", asPid1 };
}

/** An address for health. Many programs can use it at the same time. */
export const anyPort = "127.0.0.1:0";

export interface CommandOptions {
  /** The content of the configuration file. Default: no file. */
  readonly settings?: object;
  /** Shell lines that run in its namespaces right before it starts: mounts, limits, descriptors. */
  readonly before?: string;
}

const root = join(import.meta.dirname, "../..");
const onPath = { node: "/opt/node", bundle: "/opt/seaworthy.cjs", program: "/opt/seaworthy" };
const built = {
  node: process.execPath,
  bundle: join(root, "dist/seaworthy.cjs"),
  program: join(root, "dist/opt/seaworthy"),
};

/** The command that runs these arguments under seaworthy, or directly. */
export function commandOf(variant: Variant, argv: readonly string[], options: CommandOptions = {}): readonly string[] {
  const { settings, before = ":" } = options;
  const flags = settings === undefined ? [] : ["--config", writeSettings(withDefaults(settings))];
  const { node, bundle } = asRoot ? onPath : built;
  const own = {
    nothing: [],
    bundle: [node, bundle, ...flags],
    program: [join(onPath.program, "seaworthy"), ...flags],
  }[variant.build];
  // Every step is an exec, so the pid stays the same.
  const script = `set -e\n${asRoot ? mounts : ""}\n${before}\nexec "$@"`;
  return [...namespaces(variant), "sh", "-c", script, "sh", ...own, ...argv];
}

function namespaces({ asPid1 }: Variant): readonly string[] {
  if (!asRoot) return [];
  return asPid1 ? ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"] : ["unshare", "--mount"];
}

/** Mounts the build where every user can read it. The self-contained program finds its libraries only there. */
const mounts = `
mount -t tmpfs -o mode=755 tmpfs /opt
mkdir ${onPath.program}
touch ${onPath.node} ${onPath.bundle}
mount --bind ${built.program} ${onPath.program}
mount --bind ${built.bundle} ${onPath.bundle}
for file in seaworthy-later.js libpg-query.wasm; do
  touch /opt/$file
  mount --bind ${join(root, "dist")}/$file /opt/$file
done
mount --bind ${built.node} ${onPath.node}`;

/** Most apps of tests are workers. Only `app: { ready: undefined }` lets health wait for the app to listen. */
function withDefaults(settings: object): object {
  const { app }: { readonly app?: object } = settings;
  return { health: { listen: anyPort }, ...settings, app: { ready: false, ...app } };
}

function writeSettings(settings: object): string {
  const path = scratchPath("seaworthy.json");
  writeFileSync(path, JSON.stringify(settings));
  return path;
}
