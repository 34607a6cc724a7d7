import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { installedDirectory, programDirectory, programName } from "../../../docker/build/paths.ts";

/** A root directory like `FROM scratch` with one COPY: no shell, no libc, no /proc, no /dev. */
export interface EmptyRoot {
  readonly start: (argv: readonly string[], environment?: Readonly<Record<string, string>>) => ProgramInRoot;
  readonly remove: () => Promise<void>;
}

export interface ProgramInRoot {
  readonly stop: () => void;
  readonly ended: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>;
}

/** The path of the only program in it. */
export const programInRoot = `${installedDirectory}/${programName}`;

/** Needs root, for the mount and for chroot. `files`: content by absolute path. */
export async function createEmptyRoot(files: Readonly<Record<string, string>> = {}): Promise<EmptyRoot> {
  const root = await mkdtemp(join(tmpdir(), "seaworthy-root-"));
  await mkdir(join(root, installedDirectory), { recursive: true });
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  return {
    remove: () => rm(root, { recursive: true }),
    start(argv, environment = {}) {
      // The mount is in a new namespace, so it ends with the process. Every step is an exec, so the pid stays the same.
      const script = 'mount --bind "$1" "$2" && shift 2 && exec chroot "$@"';
      const place = join(root, installedDirectory);
      const mounted = ["sh", "-c", script, "sh", programDirectory, place, root, programInRoot, ...argv];
      const [file, ...parameters] = ["unshare", "--mount", ...mounted] as const;
      const child = spawn(file, parameters, { env: environment, cwd: "/", stdio: ["ignore", "pipe", "pipe"] });
      let stdout = "";
      let stderr = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
      child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
      return {
        stop: () => void child.kill("SIGTERM"),
        ended: new Promise((resolve, reject) => {
          child.on("error", reject);
          child.on("close", (code) => resolve({ code, stdout, stderr }));
        }),
      };
    },
  };
}
