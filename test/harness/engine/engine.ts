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
  /** For example linux/arm64. Default: the engine's platform. */
  readonly platform?: string;
  readonly arguments?: Readonly<Record<string, string>>;
  /** Default: made from `name`, unique to the suite. */
  readonly tag?: string;
  /** Default: use the engine's cache. */
  readonly cache?: boolean;
}

/** Everything that a test file creates in the Docker engine. `end` removes all of it except the build cache. */
export interface Engine {
  /** The label of everything created here. Tests that call the engine directly need it for `--label` or `--filter`. */
  readonly label: string;
  /** A name that is unique to this suite. */
  readonly nameOf: (name: string) => string;
  /** An image name that is unique to this suite. */
  readonly imageOf: (name: string) => string;
  /** Builds an image from the folder. Returns its name. */
  readonly build: (name: string, folder: string, options?: BuildOptions) => Promise<string>;
  /** Builds an image from these files. Returns its name. */
  readonly buildFiles: (name: string, files: ImageFiles, options?: BuildOptions) => Promise<string>;
  /** Builds the image that holds /opt/seaworthy, from the result of `npm run build`. Default tag: unique to the suite. */
  readonly buildSeaworthy: (tag?: string) => Promise<string>;
  /** Creates a network in which containers find each other by name. Returns its name. */
  readonly network: (name: string) => Promise<string>;
  /** `docker run --detach`. */
  readonly start: (image: string, flags?: readonly string[], command?: readonly string[]) => Promise<EngineContainer>;
  /** Runs `docker run --rm` to its end. */
  readonly run: (image: string, flags?: readonly string[], command?: readonly string[]) => Promise<DockerEnd>;
  /** Starts a Postgres on the network with the host name `name`. Resolves when it is ready. */
  readonly database: (network: string, name?: string) => Promise<EngineDatabase>;
  readonly end: () => Promise<void>;
}

/**
 * Swarm asks an image's registry for its digest. Connections to this address are refused at once. If the name had no
 * registry, Swarm could wait seconds for a name server that does not answer.
 */
const registry = "127.0.0.1:1";

/** Call it in `before`: if the engine lacks the base image, it builds the image in half a minute. */
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

/** Removes images by name: another suite may have a name for the same image. */
async function removeImages(label: string): Promise<void> {
  const listed = await docker(["images", `--filter=label=${label}`, "--format={{.Repository}}:{{.Tag}}"]);
  const names = listed.split("\n").filter((name) => name !== "" && !name.includes("<none>"));
  if (names.length > 0) await docker(["rmi", "--force", ...names]);
  // Images that lost their name to a later build.
  await docker(["image", "prune", "--force", `--filter=label=${label}`]);
}
