import childProcess from "node:child_process";
import { writeFileSync } from "node:fs";
import { Session } from "node:inspector";
import { basename } from "node:path";
import { laterName } from "../../../docker/build/paths.ts";

/**
 * Preloaded into the bundle (`node --import`). At the first spawn, it writes the list of loaded chunks and built-in modules
 * to $RECORD_MODULES. Each chunk is a function in the bundle, or a script from the second file, with the chunk's name. V8
 * counts the called functions. Node lists its built-in modules.
 */
export interface Recording {
  /** Chunks whose code has run. */
  readonly chunks: readonly string[];
  /** Built-in modules: `http`, `internal/child_process`. */
  readonly builtins: readonly string[];
}

const { RECORD_MODULES: file, ...environment } = process.env;
if (file !== undefined) {
  process.env = environment;
  recordAtSpawn(file, startCounting());
}

function recordAtSpawn(file: string, functions: () => readonly string[]): void {
  const spawn = childProcess.spawn;
  const recorded = (...parameters: unknown[]): unknown => {
    childProcess.spawn = spawn;
    const record: Recording = { chunks: functions(), builtins: builtinModules() };
    writeFileSync(file, JSON.stringify(record));
    return Reflect.apply(spawn, childProcess, parameters);
  };
  childProcess.spawn = recorded as typeof spawn;
}

/** Returns a function that lists the chunks that were called. */
function startCounting(): () => readonly string[] {
  const session = new Session();
  session.connect();
  session.post("Profiler.enable");
  session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
  return () => {
    const chunks: string[] = [];
    const bundle = basename(process.argv[1] ?? "");
    session.post("Profiler.takePreciseCoverage", (error, { result }) => {
      if (error) throw error;
      for (const { url, functions } of result) {
        if (url.includes(`/${laterName}/`)) chunks.push(basename(url));
        if (basename(url) !== bundle) continue;
        for (const { functionName, ranges } of functions) if ((ranges[0]?.count ?? 0) > 0) chunks.push(functionName);
      }
    });
    return chunks;
  };
}

function builtinModules(): readonly string[] {
  const { moduleLoadList } = process as unknown as { readonly moduleLoadList: readonly string[] };
  return moduleLoadList.flatMap((entry) => /^NativeModule (.+)$/.exec(entry)?.[1] ?? []);
}
