import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ExitCode, Failure, messageOf } from "../kernel/failure.ts";
import { decodeFile } from "../kernel/utf8.ts";

export interface ConfigFile {
  readonly path: string;
  readonly text: string;
  /** A further file that this one wins over: in an image, it hides the mounted one. */
  readonly hides?: string;
}

const mounted = "/etc/seaworthy";

const names = ["seaworthy.yaml", "seaworthy.yml", "seaworthy.json"];

/** Finds the configuration file: the requested one, else the first in the working directory or /etc/seaworthy. */
export function findConfigFile(asked: string | undefined, workingDirectory: string): ConfigFile | undefined {
  if (asked !== undefined) return readConfigFile(asked);
  const findIn = (folder: string) => names.map((name) => join(folder, name)).find((path) => existsSync(path));
  const own = findIn(workingDirectory);
  const other = workingDirectory === mounted ? undefined : findIn(mounted);
  const path = own ?? other;
  if (path === undefined) return undefined;
  return { ...readConfigFile(path), ...(path === own && other !== undefined && { hides: other }) };
}

export function readConfigFile(path: string): ConfigFile {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const fix = "Check --config and SEAWORTHY_CONFIG.";
    throw new Failure(
      ExitCode.configuration,
      `cannot read the configuration file ${path}: ${messageOf(error)}. ${fix}`,
      { cause: error },
    );
  }
  return { path, text: decodeFile(path, bytes) };
}

/** The file as plain data. The YAML parser is loaded only for YAML. */
export async function parseConfigFile({ path, text }: ConfigFile): Promise<unknown> {
  // A file that contains only comments is empty too.
  if (text.replaceAll(/^[ \t]*#.*$/gm, "").trim() === "") return {};
  if (path.endsWith(".json")) return parseJson(path, text);
  const { load, YAMLException } = await import("./yaml.ts");
  try {
    return load(text, { filename: path }) ?? {};
  } catch (error) {
    const where =
      error instanceof YAMLException && error.mark ? `:${error.mark.line + 1}:${error.mark.column + 1}` : "";
    const reason = error instanceof YAMLException ? error.reason : messageOf(error);
    const line = error instanceof YAMLException && error.mark ? text.split("\n")[error.mark.line] : undefined;
    const message = `${path}${where}: cannot parse YAML: ${reason}${hintFor(line)}`;
    throw new Failure(ExitCode.configuration, message, { cause: error });
  }
}

/** Values that YAML reads as something else, and that people write without quotes. */
const unquoted: readonly (readonly [value: RegExp, meaning: string])[] = [
  [/[:,[{-]\s+>=?/, "in YAML, > begins a block of text"],
  [/[{[].*[:,[{]\s*\$\{/, "in a YAML list or map on one line, { begins another map"],
  [/[:,[{-]\s+[@%`]/, "in YAML, a value cannot begin with this character"],
];

/** It does not repeat the value, which may be a secret. */
function hintFor(line = ""): string {
  const meaning = unquoted.find(([pattern]) => pattern.test(line))?.[1];
  return meaning === undefined ? "" : `. Put the value in quotes: ${meaning}`;
}

function parseJson(path: string, text: string): unknown {
  const json = text.replace(/^\uFEFF/, "");
  try {
    return JSON.parse(json);
  } catch (error) {
    const { line, column } = placeInJson(json, messageOf(error));
    // Node's message quotes the text around the place. It may contain a password.
    const reason = messageOf(error).replace(/(, ("|\.\.\.)| in JSON at position| after JSON at position).*$/s, "");
    throw new Failure(ExitCode.configuration, `${path}:${line}:${column}: cannot parse JSON: ${reason}`);
  }
}

/** Where the parser stopped. For an unexpected token it gives no position: finds the shortest text with this error. */
function placeInJson(json: string, message: string): { readonly line: number; readonly column: number } {
  let [low, high] = [0, json.length];
  const stated = /at position (\d+)/.exec(message)?.[1];
  if (stated !== undefined) low = Number(stated);
  else if (message.startsWith("Unexpected token")) {
    while (low + 1 < high) {
      const middle = Math.floor((low + high) / 2);
      if (hasUnexpectedToken(json.slice(0, middle))) high = middle;
      else low = middle;
    }
  } else low = json.length;
  const before = json.slice(0, low).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

function hasUnexpectedToken(json: string): boolean {
  try {
    JSON.parse(json);
    return false;
  } catch (error) {
    return messageOf(error).startsWith("Unexpected token");
  }
}
