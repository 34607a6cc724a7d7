import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { createImage, type ImageFiles } from "../image.ts";
import { ensureDebian } from "./bases.ts";
import { containerOf, type EngineContainer } from "./containers.ts";
import { startDatabase, type EngineDatabase } from "./database.ts";
import { docker, tryDocker, type DockerEnd } from "./docker.ts";

const root = join(import.meta.dirname, "../../..");

export interface BuildOptions {
  /** Default: `Dockerfile` in the folder. */
  readonly dockerfile?: string;
  readonly target?: string;
  /** As linux/arm64. Default: the engine's own. */
  readonly platform?: string;
  readonly arguments?: Readonly<Record<string, string>>;
  /** Default: one of the suite's own, made of `name`. */
  readonly tag?: string;
  /** Default: what was built before is taken from the engine's cache. */
  readonly cache?: boolean;
}

/** What the tests of a file make in the Docker engine. Its end leaves nothing of it, but for the cache of builds. */
export interface Engine {
  /** On all that is made here: `--label` or `--filter label=…` for what a test calls the engine for by itself. */
  readonly label: string;
  /** A name for this suite alone. */
  readonly nameOf: (name: string) => string;
  /** The same, for an image. */
  readonly imageOf: (name: string) => string;
  /** Builds the folder as an image. Its name. */
  readonly build: (name: string, folder: string, options?: BuildOptions) => Promise<string>;
  /** Builds these files as an image. Its name. */
  readonly buildFiles: (name: string, files: ImageFiles, options?: BuildOptions) => Promise<string>;
  /** The image that carries /opt/seaworthy, of what `npm run build` made. Default: with a name of the suite's own. */
  readonly buildSeaworthy: (tag?: string) => Promise<string>;
  /** A network in which containers find one another by name. Its name. */
  readonly network: (name: string) => Promise<string>;
  /** `docker run --detach`. */
  readonly start: (image: string, flags?: readonly string[], command?: readonly string[]) => Promise<EngineContainer>;
  /** `docker run --rm`, to its end. */
  readonly run: (image: string, flags?: readonly string[], command?: readonly string[]) => Promise<DockerEnd>;
  /** A Postgres on the network, where it is called `name`. Ready when this resolves. */
  readonly database: (network: string, name?: string) => Promise<EngineDatabase>;
  readonly end: () => Promise<void>;
}

/**
 * Swarm asks an image's registry for its digest. Here nobody answers, and that is known at once; of an image without a
 * registry in its name, a name server that does not answer may be asked for seconds.
 */
const registry = "127.0.0.1:1";

/** Call it in `before`: it makes the base image where the engine has none, which takes half a minute. */
export async function openEngine(): Promise<Engine> {
  await ensureDebian();
  const id = randomBytes(4).toString("hex");
  const label = `seaworthy.test=${id}`;
  const labelled = ["--label", label];
  const nameOf = (name: string) => `seaworthy-test-${id}-${name}`;
  const imageOf = (name: string) => `${registry}/${nameOf(name)}`;
  const engine: Engine = {
    label,
    nameOf,
    imageOf,
    async build(name, folder, options = {}) {
      const { dockerfile, target, platform, tag = imageOf(name), cache = true, arguments: values = {} } = options;
      const flags = Object.entries(values).map(([key, value]) => `--build-arg=${key}=${value}`);
      if (dockerfile !== undefined) flags.push(`--file=${dockerfile}`);
      if (target !== undefined) flags.push(`--target=${target}`);
      if (platform !== undefined) flags.push(`--platform=${platform}`);
      if (!cache) flags.push("--no-cache");
      await docker(["build", "--quiet", ...labelled, `--tag=${tag}`, ...flags, folder]);
      return tag;
    },
    async buildFiles(name, files, options) {
      const { folder } = createImage(files);
      try {
        return await engine.build(name, folder, options);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
    buildSeaworthy: (tag) =>
      engine.build("seaworthy", root, {
        dockerfile: join(root, "docker/Dockerfile"),
        target: "prebuilt",
        ...(tag !== undefined && { tag }),
      }),
    async network(name) {
      await docker(["network", "create", ...labelled, nameOf(name)]);
      return nameOf(name);
    },
    start: async (image, flags = [], command = []) =>
      containerOf(await docker(["run", "--detach", ...labelled, ...flags, image, ...command])),
    run: (image, flags = [], command = []) => tryDocker(["run", "--rm", ...labelled, ...flags, image, ...command]),
    database: (network, name = "database") => startDatabase(engine, network, name),
    async end() {
      await removeAll(label, ["ps", "--all"], ["rm", "--force", "--volumes"]);
      await removeAll(label, ["network", "ls"], ["network", "rm"]);
      await removeAll(label, ["volume", "ls"], ["volume", "rm"]);
      await removeImages(label);
    },
  };
  return engine;
}

async function removeAll(label: string, list: readonly string[], remove: readonly string[]): Promise<void> {
  const found = await docker([...list, "--quiet", `--filter=label=${label}`]);
  const ids = [...new Set(found.split("\n").filter((id) => id !== ""))];
  if (ids.length > 0) await docker([...remove, ...ids]);
}

/** By name: the same image may have one of another suite. */
async function removeImages(label: string): Promise<void> {
  const listed = await docker(["images", `--filter=label=${label}`, "--format={{.Repository}}:{{.Tag}}"]);
  const names = listed.split("\n").filter((name) => name !== "" && !name.includes("<none>"));
  if (names.length > 0) await docker(["rmi", "--force", ...names]);
  // What lost its name to a later build.
  await docker(["image", "prune", "--force", `--filter=label=${label}`]);
}
