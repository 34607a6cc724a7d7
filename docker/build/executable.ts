import { execFileSync } from "node:child_process";
import { access, chmod, copyFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { chunksIn } from "./bundle.ts";
import { assertLinks, findLibraries } from "./libraries.ts";
import {
  bundleFile,
  installedDirectory,
  licencesName,
  laterName,
  parserName,
  programDirectory,
  programName,
} from "./paths.ts";
import { relink } from "./relink.ts";

/** Node's contract for single executables: the note that holds the blob, and the fuse that tells Node to use it. */
const blobNote = "NODE_SEA_BLOB";
const fuse = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:";

/**
 * Makes the self-contained program: stripped Node with the bundle inside, the loader, the shared libraries and the
 * licences. It runs in any Linux image of this machine's architecture, as /opt/seaworthy/seaworthy.
 *
 * `node --build-sea` can embed the bundle too. But on systems with pages above 4 KiB (a Raspberry Pi 5) its result has
 * segments with different rights in one page, and it cannot set the loader's name and the library path. Here we follow
 * Node's documented format instead.
 * @returns the program's folder
 */
export async function buildExecutable({ bundle = bundleFile, directory = programDirectory } = {}): Promise<string> {
  const node = findNode();
  await mkdir(dirname(directory), { recursive: true });
  const staging = await mkdtemp(`${directory}.new-`);
  try {
    const program = join(staging, programName);
    const libraries = await copyLibraries(node, join(staging, "lib"));
    await writeFile(program, await embed(node, libraries, await createBlob(node, bundle, staging)));
    await chmod(program, 0o755);
    assertLinks(program, join(libraries.folder, libraries.loader), libraries.folder);
    await copyFile(join(dirname(bundle), laterName), join(staging, laterName));
    await copyParser(bundle, staging);
    await writeLicences(node, bundle, staging);
    await chmod(staging, 0o755);
    await rm(directory, { recursive: true, force: true });
    await rename(staging, directory);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return directory;
}

/** Uses the npm package's Node, not the one that runs the build: package-lock.json pins its version. */
function findNode(): string {
  const name = `node-${process.platform}-${process.arch}`;
  try {
    return createRequire(import.meta.url).resolve(`${name}/bin/node`);
  } catch (cause) {
    throw new Error(
      `cannot find the Node binary to build on: the package ${name} is not installed. ` +
        "Run npm install on Linux, x64 or arm64, without --omit=optional",
      { cause },
    );
  }
}

/**
 * The blob that Node reads: the bundle and its compiled code. Node's own code cache (`useCodeCache`) holds only code that
 * is compiled before anything runs. Ours is recorded from a run, at the app's start, so it also has the functions that
 * the run called.
 */
async function createBlob(node: string, bundle: string, workDirectory: string): Promise<Buffer> {
  const folder = await mkdtemp(join(workDirectory, "blob-"));
  const inFolder = (name: string) => join(folder, name);
  await writeFile(inFolder("program"), wrap(await readFile(bundle, "latin1")), "latin1");
  await writeFile(inFolder("code"), await compile(node, bundle, folder));
  await copyFile(join(import.meta.dirname, "boot.cjs"), inFolder("boot.cjs"));
  const chunks = await compileChunks(node, join(dirname(bundle), laterName), folder);
  const settings = {
    // Relative names: they end up in the program, and builds in different folders must give the same bytes.
    main: "boot.cjs",
    mainFormat: "commonjs",
    output: "blob",
    assets: { program: "program", code: "code", ...Object.fromEntries(chunks.map((name) => [name, name])) },
    useCodeCache: true,
    disableExperimentalSEAWarning: true,
    // --disable-warning: the experimental parts (node:ffi, execve) cannot change, because Node is embedded.
    // No --disable-sigusr1: it leaves the signal blocked, and we could not forward it. A listener for SIGUSR1 also
    // prevents the debugger from starting.
    // --v8-pool-size: one V8 thread instead of four. There is little background work, and each thread takes time and
    // memory. (0 means one thread for nearly every CPU of the host.)
    execArgv: ["--disable-warning=ExperimentalWarning", "--v8-pool-size=1"],
    // An image's NODE_OPTIONS is meant for the app, not for seaworthy.
    execArgvExtension: "none",
  };
  await writeFile(inFolder("sea.json"), JSON.stringify(settings));
  // Node writes to stderr even on success. Capture it, so that it appears only in the error of a failed run.
  execFileSync(node, [...sameEveryTime, "--experimental-sea-config", "sea.json"], {
    cwd: folder,
    env: {},
    stdio: "pipe",
  });
  const blob = await readFile(inFolder("blob"));
  await rm(folder, { recursive: true });
  return blob;
}

/** With a fixed seed V8 writes the same code every time. With --hash-seed, V8 would reject that code later. */
const sameEveryTime = ["--random-seed=1"];

/** Wraps a module in a function, as `require` does. */
function wrap(text: string): string {
  return `(function (exports, require, module, __filename, __dirname) {${text.replace(/^#!.*/, "")}})`;
}

/** In bytes. Except for the Postgres driver, larger chunks are packages that few containers need. */
const largeChunk = 100_000;

/** Compiles chunks that are loaded later, each into a file in the folder. Returns the names of these chunks. */
async function compileChunks(node: string, later: string, folder: string): Promise<readonly string[]> {
  const chunks = chunksIn(await readFile(later, "latin1")).filter(
    ({ name, size }) => size < largeChunk || name.startsWith("postgres-"),
  );
  const script = join(import.meta.dirname, "compile-chunks.cjs");
  execFileSync(node, [...sameEveryTime, script, later, folder, JSON.stringify(chunks)], { env: {}, stdio: "pipe" });
  return chunks.map(({ name }) => name);
}

/** Runs the program until it starts a command. Uses the Node binary that will read the compiled code. */
async function compile(node: string, bundle: string, folder: string): Promise<Buffer> {
  const shop = join(folder, "shop");
  await mkdir(join(shop, "migrations"), { recursive: true });
  await writeFile(join(shop, "migrations/0001_product.sql"), "SELECT 1;");
  await writeFile(join(shop, "seaworthy.yaml"), usualSettings);
  const output = join(folder, "code");
  const args = [join(import.meta.dirname, "compile.cjs"), join(folder, "program"), bundle, output, "true"];
  const environment = { PATH: "/usr/bin:/bin", DATABASE_URL: "postgres://shop@database/shop" };
  execFileSync(node, [...sameEveryTime, ...args], { cwd: shop, env: environment, stdio: "pipe" });
  return readFile(output);
}

/** A typical configuration. The code that runs for it before the app starts is compiled in advance. */
const usualSettings = `
app: { name: shop, version: 2.3.0 }
dependencies:
  schema: { kind: schema, url: "\${DATABASE_URL}", migrations: ./migrations }
  release: { kind: release, url: "\${DATABASE_URL}", requires: ">=2.0" }
  postgres: { kind: server, url: "\${DATABASE_URL:-}", requires: ">=14" }
stop: { signal: SIGQUIT, drainSeconds: 5, graceSeconds: 20 }
`;

async function embed(node: string, { loader }: CopiedLibraries, blob: Buffer): Promise<Buffer> {
  const libraryPath = `${installedDirectory}/lib`;
  const program = relink(await readFile(node), node, {
    interpreter: `${libraryPath}/${loader}`,
    libraryPath,
    note: { name: blobNote, content: blob },
  });
  const mark = program.indexOf(`${fuse}0`);
  if (mark === -1) throw new Error(`cannot embed the bundle: ${node} was built without single executable support`);
  program.write("1", mark + fuse.length);
  return program;
}

interface CopiedLibraries {
  readonly folder: string;
  /** The loader's file name in the folder. */
  readonly loader: string;
}

/** Copies files instead of symbolic links, because an image gets only this folder. */
async function copyLibraries(node: string, folder: string): Promise<CopiedLibraries> {
  const libraries = findLibraries(node);
  const loader = libraries.find(({ name }) => name.startsWith("ld-linux"));
  if (!loader)
    throw new Error(`cannot find the loader of ${node}: build on a system with glibc (Debian, Ubuntu, Fedora)`);
  await mkdir(folder);
  for (const { name, file } of libraries) {
    await copyFile(file, join(folder, name));
    await chmod(join(folder, name), 0o755);
  }
  return { folder, loader: loader.name };
}

/** Bundles that cannot lint come without the parser. */
async function copyParser(bundle: string, directory: string): Promise<void> {
  const file = join(dirname(bundle), parserName);
  const isThere = await access(file).then(
    () => true,
    () => false,
  );
  if (isThere) await copyFile(file, join(directory, parserName));
}

async function writeLicences(node: string, bundle: string, directory: string): Promise<void> {
  const inLib =
    "lib/ holds unmodified copies of the GNU C Library (LGPL 2.1 or later) and of GCC's runtime libraries (GPL 3 with\n" +
    "the GCC Runtime Library Exception) of the system this was built on. They can be replaced by other builds of them.\n" +
    "seaworthy contains Node.js: see NODE-LICENSE.txt.\n\n";
  const ofBundle = await readFile(join(dirname(bundle), licencesName), "utf8");
  await writeFile(join(directory, licencesName), inLib + ofBundle);
  await copyFile(join(dirname(node), "../LICENSE"), join(directory, "NODE-LICENSE.txt"));
}

if (import.meta.main) console.log(relative(process.cwd(), await buildExecutable()));
