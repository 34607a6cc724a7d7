import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { debianImage } from "../harness/engine/bases.ts";
import { dockerProgram, tryDocker, tryOnHost } from "../harness/engine/docker.ts";

/** The variable with the command that loads an image into the cluster. */
export const loadVariable = "SEAWORTHY_KUBERNETES_LOAD";

/** Something that the tests need is missing. Its message says how to get it. */
export class Missing extends Error {}

const exampleLoad = `${loadVariable}='kind load docker-image {image}'`;

/** Returns the command that loads an image. Throws `Missing` for the first thing that is missing. */
export async function checkPrerequisites(environment: NodeJS.ProcessEnv): Promise<string> {
  const load = environment[loadVariable];
  if (!load) throw new Missing(`${loadVariable} is not set: it says how to load an image. For kind: ${exampleLoad}`);
  if (!load.includes("{image}"))
    throw new Missing(`${loadVariable} is "${load}", without {image}. For kind: ${exampleLoad}`);
  if (!onPath("kubectl", environment))
    throw new Missing("kubectl is not on PATH: install it, as your cluster's version");
  await checkCluster();
  await checkEngine(environment);
  return load;
}

async function checkCluster(): Promise<void> {
  const context = await tryOnHost(["kubectl", "config", "current-context"], {});
  if (context.code !== 0)
    throw new Missing("kubectl has no current context. Set KUBECONFIG, or create a cluster: kind create cluster");
  const { code, stderr } = await tryOnHost(["kubectl", "get", "--raw=/version", "--request-timeout=15s"], {});
  if (code === 0) return;
  const name = context.stdout.trim();
  throw new Missing(
    `cannot reach the cluster of kubectl's context "${name}": ${stderr.trim()}\nStart it, or set KUBECONFIG to another one.`,
  );
}

async function checkEngine(environment: NodeJS.ProcessEnv): Promise<void> {
  if (!existsSync(dockerProgram))
    throw new Missing(`${dockerProgram} does not exist. Install Docker: it builds the images.`);
  const version = await tryDocker(["version"]);
  if (version.code !== 0) throw new Missing(`cannot use Docker, which builds the images: ${version.stderr.trim()}`);
  const found = await tryDocker(["image", "inspect", debianImage]);
  if (found.code === 0 || (onPath("mmdebstrap", environment) && existsSync("/etc/debian_version"))) return;
  throw new Missing(`Docker has no image ${debianImage}, the base of all images. Get it: docker pull ${debianImage}`);
}

function onPath(program: string, { PATH = "" }: NodeJS.ProcessEnv): boolean {
  return PATH.split(delimiter).some((folder) => existsSync(join(folder, program)));
}
