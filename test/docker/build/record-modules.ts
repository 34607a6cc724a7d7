import childProcess from "node:child_process";
import { writeFileSync } from "node:fs";
import { Session } from "node:inspector";
import { basename } from "node:path";
import { packagesName } from "../../../docker/build/paths.ts";

/**
 * Preloaded into the bundle (`node --import`). At the moment of the first spawn it writes to $RECORD_MODULES what was
 * evaluated until then: esbuild wraps every module that is loaded later into a function named after its file, and V8
 * counts which functions were called. Node itself lists its built-in modules.
 */
export interface Recording {
  /** Files of the bundle, and of the packages beside it where these were loaded, whose code was run. */
  readonly evaluated: readonly string[];
  /** Those whose code was not run. */
  readonly waiting: readonly string[];
  /** Built-in modules: `http`, `internal/child_process`. */
  readonly builtins: readonly string[];
}

const { RECORD_MODULES: file, ...environment } = process.env;
if (file !== undefined) {
  process.env = environment;
  recordAtSpawn(file, startCounting());
}

function recordAtSpawn(file: string, functions: () => Map<string, boolean>): void {
  const spawn = childProcess.spawn;
  const recorded = (...parameters: unknown[]): unknown => {
    childProcess.spawn = spawn;
    const modules = [...functions()].filter(([name]) => name.includes("/"));
    const record: Recording = {
      evaluated: modules.filter(([, called]) => called).map(([name]) => name),
      waiting: modules.filter(([, called]) => !called).map(([name]) => name),
      builtins: builtinModules(),
    };
    writeFileSync(file, JSON.stringify(record));
    return Reflect.apply(spawn, childProcess, parameters);
  };
  childProcess.spawn = recorded as typeof spawn;
}

/** Returns how to ask, for every function of the bundle, whether it was called. */
function startCounting(): () => Map<string, boolean> {
  const session = new Session();
  session.connect();
  session.post("Profiler.enable");
  session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
  return () => {
    const called = new Map<string, boolean>();
    const bundle = basename(process.argv[1] ?? "");
    session.post("Profiler.takePreciseCoverage", (error, { result }) => {
      if (error) throw error;
      const scripts = result.filter(({ url }) => [bundle, packagesName].includes(basename(url)));
      for (const { functionName, ranges } of scripts.flatMap(({ functions }) => functions))
        called.set(functionName, (called.get(functionName) ?? false) || (ranges[0]?.count ?? 0) > 0);
    });
    return called;
  };
}

function builtinModules(): readonly string[] {
  const { moduleLoadList } = process as unknown as { readonly moduleLoadList: readonly string[] };
  return moduleLoadList.flatMap((entry) => /^NativeModule (.+)$/.exec(entry)?.[1] ?? []);
}
