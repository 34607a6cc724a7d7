import { tmpdir } from "node:os";
import { join } from "node:path";
import { dockerProgram, runOnHost } from "./docker.ts";

/** What the images of the tests stand on, by its public name. */
export const debianImage = "debian:bookworm-slim";

/**
 * Makes sure that the engine has it. Where no registry can be reached it is made of Debian's packages, in half a minute,
 * and stays in the engine. One at a time: test files run side by side.
 */
export function ensureDebian(): Promise<void> {
  const exclude = ["/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*"];
  const bootstrap = ["mmdebstrap", "--quiet", "--variant=minbase"];
  const options = exclude.map((path) => `--dpkgopt=path-exclude=${path}`);
  return ensure(debianImage, `${quote([...bootstrap, ...options, "bookworm", "-"])} | ${dockerProgram} import - "$0"`);
}

/** Runs the script, whose `$0` is the image's name, where the engine does not have the image. */
export async function ensure(image: string, script: string): Promise<void> {
  const lock = join(tmpdir(), "seaworthy-bases.lock");
  const unlessThere = `${dockerProgram} image inspect "$0" >/dev/null 2>&1 || { ${script}; }`;
  await runOnHost(["flock", lock, "bash", "-euo", "pipefail", "-c", unlessThere, image]);
}

function quote(words: readonly string[]): string {
  return words.map((word) => `'${word}'`).join(" ");
}
