import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { homeFolder } from "../accounts/home-folder.ts";

interface Target {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

/**
 * The password for this target from libpq's password file (https://www.postgresql.org/docs/current/libpq-pgpass.html).
 * node-postgres's own reader is deprecated and writes to stderr. A file that others can read is ignored, as in libpq.
 */
export function passwordFromFile(target: Target, path = defaultFile()): string | undefined {
  const { host, port, database, user } = target;
  const wanted = [host.startsWith("/") ? "localhost" : host, String(port), database, user];
  for (const line of readLines(path)) {
    if (line.startsWith("#")) continue;
    const fields = Array.from(line.matchAll(/((?:\\.|[^:\\])*)(?::|$)/g), ([, field = ""]) => field);
    const matches = wanted.every((value, index) => fields[index] === "*" || unescape(fields[index] ?? "") === value);
    if (matches && fields.length > wanted.length) return unescape(fields[wanted.length] ?? "");
  }
  return undefined;
}

function defaultFile(): string {
  const home = homeFolder();
  return home === undefined ? "" : join(home, ".pgpass");
}

function unescape(field: string): string {
  return field.replaceAll(/\\(.)/g, "$1");
}

function readLines(path: string): readonly string[] {
  try {
    return (statSync(path).mode & 0o077) === 0 ? readFileSync(path, "utf8").split(/\r?\n/) : [];
  } catch {
    // The file does not exist, or seaworthy may not read it.
    return [];
  }
}
