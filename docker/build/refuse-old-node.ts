/** The parts of Node's `process` that refuseOldNode uses. */
interface Runtime {
  readonly versions: Readonly<Record<string, string | undefined>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly exit: (code: number) => never;
  /** Present only with --permission. */
  readonly permission?: { readonly has: (scope: string) => boolean };
}

/**
 * The bundle's first statement. Exits with a clear message if this Node lacks `node:ffi`, before anything else breaks.
 * The bundle contains the text of this function, lowered to the syntax of Node 10. It may use only its parameters.
 * @param needed the oldest version that works, as "major.minor"
 */
export function refuseOldNode(needed: string, process: Runtime, require: NodeJS.Require): void {
  const { versions, env, permission } = process;
  const found = versions["node"] ?? "0";
  const findProblem = (): string | undefined => {
    const [major = 0, minor = 0] = needed.split(".").map(Number);
    const [foundMajor = 0, foundMinor = 0] = found.split(".").map((part) => parseInt(part, 10));
    const isNewEnough = foundMajor > major || (foundMajor === major && foundMinor >= minor);
    if (!isNewEnough) {
      // Other runtimes report the Node version that they imitate.
      const other = versions["bun"] !== undefined ? "Bun" : versions["deno"] !== undefined ? "Deno" : undefined;
      const runtime = other === undefined ? `Node ${found}` : `${other}, which resembles Node ${found}`;
      return `cannot run on ${runtime}: seaworthy needs Node ${needed} or later. Use an image with Node ${needed} or later`;
    }
    const { isBuiltin } = require("module") as typeof import("node:module");
    // Loading it takes about 1.3 ms; asking whether it is there takes 0.01 ms.
    if (!isBuiltin("node:ffi"))
      return `cannot run on this Node ${found}: it has no node:ffi. Remove --no-experimental-ffi from NODE_OPTIONS, use an official build of Node`;
    if (permission !== undefined && !permission.has("ffi"))
      return "cannot run under Node's --permission without --allow-ffi. Remove --permission from NODE_OPTIONS";
    return undefined;
  };
  const problem = findProblem();
  if (problem === undefined) return;
  const message = `${problem}, or use the self-contained program /opt/seaworthy, which brings its own Node.`;
  const format = env["SEAWORTHY_LOG_FORMAT"];
  const { isatty } = require("tty") as typeof import("node:tty");
  const isForPeople = format === "human" || (format !== "json" && isatty(2));
  const entry = { time: new Date().toISOString(), level: "error", logger: "seaworthy", message, exitCode: 78 };
  const { writeSync } = require("fs") as typeof import("node:fs");
  try {
    writeSync(2, `${isForPeople ? `seaworthy: error: ${message}` : JSON.stringify(entry)}\n`);
  } catch {
    // stderr may be closed. The exit code still tells.
  }
  process.exit(78);
}
