import { spawnSync } from "node:child_process";
import { basename } from "node:path";

export type Library = Readonly<{
  /** The name that programs are linked with. */
  name: string;
  /** Its path on this machine. */
  file: string;
}>;

/** Some systems keep variants for newer processors here. The program may run on an older processor than the build. */
const processorFolder = /\/glibc-hwcaps\/[^/]+/;

/**
 * The shared libraries that a program needs, and its loader. This machine's loader finds them: in trace mode, as used by
 * `ldd`, it prints the files that it would load and runs nothing. So the loader and libc always match.
 */
export function findLibraries(program: string): Library[] {
  // The loader must not see the developer's LD_LIBRARY_PATH or LD_PRELOAD: only the variables in runLoader are set.
  const trace = runLoader(program, []);
  return trace.split("\n").flatMap((line) => {
    const [, name, file] = /^\s*(?:(\S+) => )?(\/.+) \(0x[0-9a-f]+\)$/.exec(line) ?? [];
    return file ? [{ name: name ?? basename(file), file: file.replace(processorFolder, "") }] : [];
  });
}

/** Lets a loader resolve every symbol of a program in the libraries of one folder. */
export function assertLinks(program: string, loader: string, folder: string): void {
  runLoader(loader, ["--library-path", folder, program]);
}

function runLoader(command: string, args: readonly string[]): string {
  const { stdout, stderr, error, status, signal } = spawnSync(command, args, {
    encoding: "utf8",
    env: { LD_TRACE_LOADED_OBJECTS: "1", LD_WARN: "yes", LD_BIND_NOW: "1", LC_ALL: "C" },
  });
  if (error) throw new Error(`cannot run ${command}: ${error.message}`, { cause: error });
  const problems = `${stdout}\n${stderr}`.split("\n").filter((line) => /not found|undefined symbol/.test(line));
  if (status !== 0 || problems.length > 0) {
    throw new Error(
      `cannot link ${[command, ...args].join(" ")}: ${problems.join("; ").trim() || stderr.trim() || `it ended with ${signal ?? status}`}. ` +
        "Install what is missing (Debian, Ubuntu: apt-get install libatomic1 libstdc++6; Fedora: dnf install libatomic " +
        "libstdc++), and build on a system with glibc",
    );
  }
  return stdout;
}
