import { tryOnHost, type DockerEnd } from "../harness/engine/docker.ts";

export type End = DockerEnd;

/** Runs kubectl and programs that run kubectl, with a kubeconfig of their own. */
export interface Kubectl {
  /** Does not reject if it fails. */
  readonly attempt: (parameters: readonly string[], input?: string) => Promise<End>;
  /** Returns stdout. Rejects with the output if it fails. */
  readonly run: (parameters: readonly string[], input?: string) => Promise<string>;
  readonly json: <T>(parameters: readonly string[]) => Promise<T>;
  readonly apply: (...manifests: readonly object[]) => Promise<void>;
  /** Runs another program. Does not reject if it fails. */
  readonly program: (command: readonly string[], options: ProgramOptions) => Promise<End>;
}

export interface ProgramOptions {
  readonly workingDirectory: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** `kubeconfig`: the path of the file. Undefined: the one that the caller of the tests uses. */
export function createKubectl(kubeconfig?: string): Kubectl {
  const ours = kubeconfig === undefined ? {} : { KUBECONFIG: kubeconfig };
  const attempt: Kubectl["attempt"] = (parameters, input = "") =>
    tryOnHost(["kubectl", ...parameters], { input, environment: ours });
  const run: Kubectl["run"] = async (parameters, input) => {
    const { code, stdout, stderr } = await attempt(parameters, input);
    if (code !== 0) throw new Error(`kubectl ${parameters.join(" ")} failed with ${code}:\n${stdout}${stderr}`);
    return stdout;
  };
  return {
    attempt,
    run,
    json: async (parameters) => JSON.parse(await run([...parameters, "--output=json"])),
    async apply(...items) {
      await run(["apply", "--filename=-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
    },
    program: (command, { workingDirectory, environment = {} }) =>
      tryOnHost(command, { workingDirectory, environment: { ...environment, ...ours } }),
  };
}
