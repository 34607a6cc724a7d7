/** The log has one line per event, on stderr: text for people, or JSON for machines. */
export type LogFormat = "human" | "json";
export type LogLevel = "debug" | "info" | "warn" | "error";

export interface Log {
  readonly debug: LogLine;
  readonly info: LogLine;
  readonly warn: LogLine;
  readonly error: LogLine;
  /** Shows progress in a line that the next line overwrites. Only on a terminal. */
  readonly progress: (message: string) => void;
}

/**
 * `fields` are for machines: the message and the details must be enough for a person.
 * @param details lines below the message. In JSON, they are the field `details`.
 */
type LogLine = (message: string, fields?: Readonly<Record<string, unknown>>, details?: readonly string[]) => void;

/** Read for every line, because the configuration may change it after the first one. */
export interface LogStyle {
  readonly format: LogFormat;
  /** Events below this level are dropped. */
  readonly level: LogLevel;
  readonly terminal: boolean;
  readonly colour: boolean;
}

export interface LogOptions {
  readonly style: () => LogStyle;
  readonly redact: (text: string) => string;
  /** Writes one line, including its newline. Must not throw. */
  readonly write: (line: string) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const severity: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };
const paint: Readonly<Record<LogLevel, string>> = {
  debug: "\u001B[2m",
  info: "",
  warn: "\u001B[33m",
  error: "\u001B[31m",
};

export function createLog(options: LogOptions): Log {
  let live = false;
  // Carriage return, erase to the end of the line.
  const erase = "\r\u001B[K";
  const lineAt =
    (level: LogLevel): LogLine =>
    (message, fields = {}, details = []) => {
      const style = options.style();
      if (severity[level] < severity[style.level]) return;
      const line =
        style.format === "json"
          ? jsonLine(options, level, message, details.length === 0 ? fields : { ...fields, details })
          : [message, ...details].map((text) => humanLine(style, level, text)).join("\n");
      options.write(`${live ? erase : ""}${options.redact(line)}\n`);
      live = false;
    };
  return {
    debug: lineAt("debug"),
    info: lineAt("info"),
    warn: lineAt("warn"),
    error: lineAt("error"),
    progress(message) {
      const { format, terminal } = options.style();
      if (format !== "human" || !terminal) return;
      live = true;
      options.write(`${erase}seaworthy: ${options.redact(message)}`);
    },
  };
}

function jsonLine(
  options: LogOptions,
  level: LogLevel,
  message: string,
  fields: Readonly<Record<string, unknown>>,
): string {
  return JSON.stringify({
    time: new Date(options.now()).toISOString(),
    level,
    logger: "seaworthy",
    message,
    ...fields,
  });
}

function humanLine({ colour }: LogStyle, level: LogLevel, message: string): string {
  const label = level === "info" ? "" : level === "warn" ? "warning: " : level === "error" ? "error: " : "debug: ";
  const line = `seaworthy: ${label}${message.replaceAll("\n", "\n           ")}`;
  return colour && paint[level] !== "" ? `${paint[level]}${line}\u001B[0m` : line;
}
