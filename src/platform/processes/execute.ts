import { getSystemErrorMap } from "node:util";
import { bind } from "../libc/bindings.ts";
import { cannotRun, locate } from "./commands.ts";
import { handOnDescriptors } from "../inheritance/descriptors.ts";
import { encodeExactly } from "../inheritance/exact-text.ts";
import { ignoreAtExec } from "../signals/ignored-signals.ts";
import { ownPidVariables, type LaunchPlan } from "./launch.ts";

const standardDescriptors = [0, 1, 2];

/** Replaces this process with the command. Throws a Failure (126 or 127) if it cannot. */
export function execute(plan: LaunchPlan): never {
  const { command, workingDirectory, ignoredSignals = [], descriptors = [] } = plan;
  const [file = "", ...parameters] = command;
  const environment = withOwnPid(plan);
  const context = { environment, workingDirectory };
  // Node has already entered any other folder.
  if (!workingDirectory.isWellFormed()) enterDirectory(file, context);
  ignoreAtExec(ignoredSignals);
  handOnDescriptors([...standardDescriptors, ...descriptors]);
  const here = { environment, workingDirectory: "." };
  const path = locate(file, environment["PATH"]) ?? file;
  const error = replaceProcess(path, command, environment);
  // Like execvp, runs a script without an interpreter in /bin/sh.
  if (error.code === "ENOEXEC") replaceProcess("/bin/sh", ["/bin/sh", path, ...parameters], environment);
  throw cannotRun(file, here, error);
}

type Environment = LaunchPlan["environment"];

/** execve(2). Returns only if it fails. */
function replaceProcess(path: string, words: readonly string[], environment: Environment): NodeJS.ErrnoException {
  const { execve, __errno_location: errnoLocation } = bind("execve", "__errno_location");
  const variables = Object.entries(environment).filter(([, value]) => value !== undefined);
  const program = encodeString(path);
  const argv = encodeStrings(words);
  const envp = encodeStrings(variables.map(([name, value]) => `${name}=${value}`));
  execve(program, argv.pointers, envp.pointers);
  return errorOf(errnoLocation());
}

function enterDirectory(
  file: string,
  context: { readonly environment: Environment; readonly workingDirectory: string },
) {
  const { chdir, __errno_location: errnoLocation } = bind("chdir", "__errno_location");
  if (chdir(encodeString(context.workingDirectory)) !== 0) throw cannotRun(file, context, errorOf(errnoLocation()));
}

function errorOf(errnoLocation: bigint): NodeJS.ErrnoException {
  const errno = process.getBuiltinModule("node:ffi").getInt32(errnoLocation);
  const [code = "", message = `errno ${errno}`] = getSystemErrorMap().get(-errno) ?? [];
  return Object.assign(new Error(`${code} ${message}`), { code });
}

function encodeString(text: string): Buffer {
  return Buffer.concat([encodeExactly(text), Buffer.alloc(1)]);
}

/** An array of C strings. Keep `strings` alive while the pointers are in use. */
function encodeStrings(texts: readonly string[]): { readonly pointers: Buffer; readonly strings: readonly Buffer[] } {
  const { getRawPointer } = process.getBuiltinModule("node:ffi");
  const strings = texts.map(encodeString);
  const pointers = Buffer.alloc((strings.length + 1) * BigUint64Array.BYTES_PER_ELEMENT);
  for (const [index, string] of strings.entries()) {
    pointers.writeBigUInt64LE(getRawPointer(string), index * BigUint64Array.BYTES_PER_ELEMENT);
  }
  return { pointers, strings };
}

/**
 * Makes variables with the launching process's pid name this process. Removes its pidfd: programs then compare the pid.
 */
function withOwnPid({ environment, launchedBy }: LaunchPlan): Environment {
  if (launchedBy === undefined) return environment;
  const names = ownPidVariables.filter((name) => environment[name] === String(launchedBy));
  if (names.length === 0) return environment;
  const own = Object.fromEntries(names.map((name) => [name, String(process.pid)]));
  return { ...environment, ...own, LISTEN_PIDFDID: undefined };
}
