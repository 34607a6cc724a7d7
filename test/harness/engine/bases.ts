import { copyFileSync, cpSync, existsSync, mkdtempSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { dockerProgram, runOnHost } from "./docker.ts";

/** The base images of the tests, by their public names. */
export const debianImage = "debian:bookworm-slim";
export const nodeImage = "node:26-bookworm-slim";

const recipes = join(import.meta.dirname, "../../containers/images");

/**
 * Makes sure that the engine has Debian's image. Builds it from Debian's packages, without a registry. That takes half a
 * minute, and the image stays in the engine.
 */
export function ensureDebian(): Promise<void> {
  const left = ["/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*"];
  const options = left.map((path) => `--dpkgopt=path-exclude=${path}`);
  // Use this machine's mirrors: others may not be reachable.
  const sources = ["/etc/apt/sources.list", "/etc/apt/sources.list.d/debian.sources"].filter(hasContent);
  const bootstrap = ["mmdebstrap", "--quiet", "--variant=minbase", ...options, "bookworm", "-", ...sources];
  const script = `${bootstrap.map((word) => `'${word}'`).join(" ")} | ${dockerProgram} import - "$0"`;
  return ensure(debianImage, script);
}

/** Adds the Node that runs the tests, and this machine's npm, to Debian's image. */
export async function ensureNode(): Promise<void> {
  await ensureDebian();
  const folder = mkdtempSync(join(tmpdir(), "seaworthy-node-image-"));
  try {
    copyFileSync(process.execPath, join(folder, "node"));
    cpSync(findNpm(), join(folder, "npm"), { recursive: true, dereference: true });
    const authorities = process.env["NODE_EXTRA_CA_CERTS"] ?? process.env["npm_config_cafile"];
    if (authorities === undefined) writeFileSync(join(folder, "authorities.pem"), "");
    else copyFileSync(authorities, join(folder, "authorities.pem"));
    const build = `${dockerProgram} build --quiet --tag="$0" --file="${recipes}/node/Dockerfile" "${folder}"`;
    await ensure(nodeImage, build);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function hasContent(path: string): boolean {
  return existsSync(path) && statSync(path).size > 0;
}

/** The folder of npm's package. */
function findNpm(): string {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const found = folders.map((folder) => join(folder, "npm")).find((path) => existsSync(path));
  if (found === undefined) throw new Error("cannot find npm on PATH");
  return join(realpathSync(found), "../..");
}

/** Runs the script if the engine lacks the image. `$0` is the image's name. Test files run in parallel, so take a lock. */
async function ensure(image: string, script: string): Promise<void> {
  const lock = join(tmpdir(), "seaworthy-bases.lock");
  const unlessThere = `${dockerProgram} image inspect "$0" >/dev/null 2>&1 || { ${script}; }`;
  await runOnHost(["flock", lock, "bash", "-euo", "pipefail", "-c", unlessThere, image]);
}
