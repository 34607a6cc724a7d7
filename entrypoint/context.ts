import { fstatSync, writeSync } from "node:fs";
import type { Loaded } from "../src/config/load.ts";
import type { Variables } from "../src/config/environment.ts";
import { createLog, type Log, type LogLevel } from "../src/kernel/log.ts";
import { createLineSink } from "../src/platform/terminal/line-sink.ts";
import { findWorkingDirectory } from "../src/platform/inheritance/working-directory.ts";
import { createRedactor } from "../src/kernel/redact.ts";

/** The parts of the process that every mode needs. */
export interface Context {
  readonly variables: Variables;
  /** The working directory at the start. A path through /proc if it has no path, or one that is not UTF-8. */
  readonly workingDirectory: string;
  readonly log: Log;
  /** Hides passwords in all later output. */
  readonly addSecret: (secret: string) => void;
  readonly redact: (text: string) => string;
  /** Writes to stdout unchanged. */
  readonly print: (text: string) => void;
  readonly loadSettings: (options: {
    readonly configPath?: string | undefined;
    readonly forUpgrade: boolean;
  }) => Promise<Loaded>;
}

type Format = "auto" | "human" | "json";

export function createContext(variables: Variables): Context {
  const { add, redact } = createRedactor();
  const { path: workingDirectory, warning } = findWorkingDirectory();
  // Until the configuration is read, only the environment can say how to log.
  let wanted: { format: Format; level: LogLevel } = {
    format: formatOf(variables["SEAWORTHY_LOG_FORMAT"]),
    level: "info",
  };
  let terminal: boolean | undefined;
  const style = () => {
    terminal ??= isTerminal(2);
    const format = wanted.format === "auto" ? (terminal ? "human" : "json") : wanted.format;
    return { format, terminal, level: wanted.level, colour: terminal && !variables["NO_COLOR"] } as const;
  };
  const writeLine = createLineSink(2);
  const log = createLog({ style, redact, write: writeLine, now: Date.now });
  return {
    variables,
    workingDirectory,
    log,
    addSecret: add,
    redact,
    print,
    async loadSettings(options) {
      const { loadSettings } = await import("../src/config/load.ts");
      const loaded = await loadSettings({ ...options, variables, workingDirectory, onSecret: add });
      wanted = loaded.settings.log;
      if (warning !== undefined) log.warn(warning);
      for (const warning of loaded.warnings) log.warn(warning);
      return loaded;
    },
  };
}

function formatOf(text: string | undefined): Format {
  return text === "human" || text === "json" ? text : "auto";
}

/** A pipe or a file, as in most containers, needs no 3 ms for loading node:tty. */
function isTerminal(descriptor: number): boolean {
  try {
    if (!fstatSync(descriptor).isCharacterDevice()) return false;
  } catch {
    // It is closed.
    return false;
  }
  return process.getBuiltinModule("node:tty").isatty(descriptor);
}

/** Waits for a slow reader such as `less`. A reader that has gone away is not an error. */
function print(text: string): void {
  const bytes = Buffer.from(text);
  try {
    for (let offset = 0; offset < bytes.length;) offset += writeSome(bytes, offset);
  } catch {
    // There is nowhere left to report it to.
  }
}

const fullPipePauseMs = 2;

/** Retries while a non-blocking pipe is full. Otherwise the output would be cut without a sign. */
function writeSome(bytes: Buffer, offset: number): number {
  try {
    return writeSync(1, bytes, offset);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, fullPipePauseMs);
    return 0;
  }
}
