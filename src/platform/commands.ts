import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { ExitCode, Failure, isFailure, messageOf } from "../kernel/failure.ts";

interface CommandContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
}

/** 127 for what is not there, 126 for what is there and cannot be run: as shells and Docker have it. */
export function cannotRun(file: string, options: CommandContext, error: NodeJS.ErrnoException): Failure {
  if (isFailure(error)) return error;
  // A path is the app's, and we have left its working directory.
  const asked = file.includes("/") ? resolve(options.workingDirectory, file) : file;
  const found = locate(asked, options.environment["PATH"]);
  const text = JSON.stringify(file);
  if (error.code === "ENOENT" && found === undefined) {
    const where = file.includes("/") ? "there is no such file" : "it is not in PATH";
    return new Failure(ExitCode.notFound, `cannot run ${text}: ${where}. Check the image's CMD and the spelling.`, {
      cause: error,
    });
  }
  if (error.code === "ENOENT" && locate(options.workingDirectory) === undefined) {
    const cause = `the working directory ${options.workingDirectory} does not exist`;
    return new Failure(ExitCode.cannotRun, `cannot run ${text}: ${cause}. Create it, or change workdir.`, {
      cause: error,
    });
  }
  if (error.code === "ENOENT") {
    const fix = "Install what its first line (#!) or its ELF header names.";
    return new Failure(ExitCode.notFound, `cannot run ${found}: its interpreter is missing. ${fix}`, { cause: error });
  }
  if (error.code === "EPERM") {
    const cause = "not permitted. Changing user or group needs root, or CAP_SETUID and CAP_SETGID";
    return new Failure(ExitCode.cannotRun, `cannot run ${text}: ${cause}.`, { cause: error });
  }
  if (error.code === "EACCES") {
    return new Failure(ExitCode.cannotRun, `cannot run ${text}: permission denied. Make it executable: chmod +x.`, {
      cause: error,
    });
  }
  return new Failure(ExitCode.cannotRun, `cannot run ${text}: ${messageOf(error)}`, { cause: error });
}

const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Where a command is, by PATH's rules: the first that can be run, else the first that is there at all. */
export function locate(file: string, path = defaultPath): string | undefined {
  const candidates = file.includes("/") ? [file] : path.split(delimiter).map((folder) => join(folder || ".", file));
  const allows = (mode: number) => (candidate: string) => {
    try {
      accessSync(candidate, mode);
      return !statSync(candidate).isDirectory() || file.includes("/");
    } catch {
      return false;
    }
  };
  return candidates.find(allows(constants.X_OK)) ?? candidates.find(allows(constants.F_OK));
}
