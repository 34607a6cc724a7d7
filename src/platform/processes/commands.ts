import { accessSync, closeSync, constants, openSync, readSync, statSync } from "node:fs";
import { pathOf } from "../inheritance/exact-text.ts";
import { delimiter, join, resolve } from "node:path";
import { ExitCode, Failure, isFailure, messageOf } from "../../kernel/failure.ts";

interface CommandContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
}

/** Exit codes of shells and Docker: 127 if the program does not exist, 126 if it exists but cannot run. */
export function cannotRun(file: string, options: CommandContext, error: NodeJS.ErrnoException): Failure {
  if (isFailure(error)) return error;
  const text = JSON.stringify(file);
  const refuse = (exitCode: ExitCode, name: string, reason: string) =>
    new Failure(exitCode, `cannot run ${name}: ${reason}`, { cause: error });
  if (file === "") {
    return refuse(ExitCode.notFound, text, "the first word of the command is empty. Check the image's CMD.");
  }
  const { workingDirectory } = options;
  const folder = kindOf(workingDirectory);
  if (folder !== "folder" && (error.code === "ENOENT" || error.code === "ENOTDIR")) {
    const cause = `the working directory ${workingDirectory} ${folder === undefined ? "does not exist" : "is not a folder"}`;
    return refuse(ExitCode.cannotRun, text, `${cause}. Create it, or change workdir.`);
  }
  // A relative path starts in the app's working directory.
  const asked = file.includes("/") ? resolve(workingDirectory, file) : file;
  const found = locate(asked, options.environment["PATH"]);
  if ((error.code === "ENOENT" && found === undefined) || error.code === "ENOTDIR") {
    const where = file.includes("/") ? "the file does not exist" : "it is not in PATH";
    return refuse(ExitCode.notFound, text, `${where}. ${fixCommand(file)}`);
  }
  if (error.code === "ENOENT" && found !== undefined) {
    return refuse(ExitCode.notFound, found, `its interpreter is missing. ${fixInterpreter(found)}`);
  }
  if (error.code === "EACCES") return refuse(ExitCode.cannotRun, text, `permission denied. ${fixAccess(found)}`);
  return refuse(ExitCode.cannotRun, text, reasons[error.code ?? ""] ?? messageOf(error));
}

const reasons: Readonly<Record<string, string>> = {
  E2BIG: "its arguments and its environment are too long (E2BIG). Put long values into files.",
  EAGAIN:
    "the limit of processes is reached (EAGAIN). Raise the container's limit of processes (docker run --pids-limit, ulimit -u).",
  ELOOP: "its path has too many symbolic links (ELOOP). Correct them: one may point to itself.",
  EMFILE: "too many files are open (EMFILE). Raise the container's limit of open files (ulimit -n).",
  ENAMETOOLONG: "its name is too long (ENAMETOOLONG). Check the image's CMD: is it a list of words?",
  ENFILE: "too many files are open on this machine (ENFILE).",
  ENOEXEC:
    "this machine cannot run its format (ENOEXEC). Build the image for this machine's architecture; begin a script with #!.",
  ENOMEM: "there is not enough memory to start it (ENOMEM). Raise the container's memory limit.",
  EPERM: "not permitted. Changing user or group needs root, or CAP_SETUID and CAP_SETGID.",
  ETXTBSY: "a process is writing it (ETXTBSY). Start it after that.",
};

/** Undefined if it does not exist. */
function kindOf(path: string): "folder" | "file" | undefined {
  try {
    return statSync(pathOf(path)).isDirectory() ? "folder" : "file";
  } catch (error) {
    // A folder without the right to look into it exists.
    return (error as NodeJS.ErrnoException).code === "EACCES" ? "folder" : undefined;
  }
}

function fixCommand(file: string): string {
  const words = file.trim().split(/\s+/);
  if (words.length === 1) return "Check the image's CMD and the spelling.";
  return `It is one word: write each word by itself, as in ${JSON.stringify(words)}.`;
}

function fixInterpreter(file: string): string {
  const [, interpreter] = /^#![ \t]*([^ \t\n]*)/.exec(readStart(file)) ?? [];
  if (interpreter === undefined) return "Install the interpreter that its ELF header names.";
  if (!interpreter.endsWith("\r")) return `Install ${interpreter}, which its first line (#!) names.`;
  return "Its first line (#!) ends with a carriage return: save the file with Unix line endings (LF).";
}

/** The kernel reads the same number of bytes of a script. */
const startBytes = 256;

function readStart(file: string): string {
  try {
    const descriptor = openSync(pathOf(file), "r");
    try {
      const start = Buffer.alloc(startBytes);
      return start.toString("latin1", 0, readSync(descriptor, start));
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return "";
  }
}

function fixAccess(found: string | undefined): string {
  const stats = found === undefined ? undefined : statSync(pathOf(found), { throwIfNoEntry: false });
  if (stats?.isDirectory()) return "It is a folder: name a program.";
  const anyX = 0o111;
  if (stats === undefined || (stats.mode & anyX) === 0) return "Make it executable: chmod +x.";
  return "It is executable: check that the user may enter its folder and the working directory, that the interpreter in its first line (#!) is executable, and that its file system is not mounted noexec.";
}

const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Finds a command by the rules of PATH: the first file that can be run, else the first that exists. */
export function locate(file: string, path = defaultPath): string | undefined {
  const candidates = file.includes("/") ? [file] : path.split(delimiter).map((folder) => join(folder || ".", file));
  const allows = (mode: number) => (candidate: string) => {
    try {
      accessSync(pathOf(candidate), mode);
      return !statSync(pathOf(candidate)).isDirectory() || file.includes("/");
    } catch {
      return false;
    }
  };
  return candidates.find(allows(constants.X_OK)) ?? candidates.find(allows(constants.F_OK));
}
