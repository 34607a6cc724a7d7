import type { SqliteAddress } from "./address.ts";
import { decode, type UrlParts } from "./parts.ts";
import { Refusal } from "./refusal.ts";
import { readChoice, readFlag, type Taker } from "./tls.ts";

/** Reads the path of a SQLite file in any tool's notation. Throws a Refusal. */
export function readSqlite(parts: UrlParts, taker: Taker): SqliteAddress {
  const given = taker.take("mode");
  const mode = given && readChoice(given, ["ro", "rw", "rwc", "memory"]);
  const paths = pathsOf(parts).map(decode);
  if (mode === "memory" || paths.some((path) => path === "" || path.endsWith(":memory:"))) {
    throw new Refusal(
      "each process has its own in-memory database: write the path of a file, as in sqlite:/data/app.db",
    );
  }
  if (paths.some((path) => path.startsWith(":resource:") || path.includes("\0")))
    throw new Refusal("write the path of a file, as in sqlite:/data/app.db");
  if (paths.some((path) => path.includes("%kernel.")))
    throw new Refusal(
      "only Symfony knows the path of its placeholder: write the path itself, as in sqlite:/data/app.db",
    );
  if (taker.has("cipher") || taker.has("key") || parts.driver?.includes("cipher") === true)
    throw new Refusal("an encrypted SQLite database cannot be read");
  refuseOtherFileSystem(taker);
  const readOnlyBy = mode === "ro" ? "mode=ro" : isOn(taker, "immutable") ? "immutable=1" : undefined;
  return {
    engine: "sqlite",
    paths: [...new Set(paths)],
    ...(readOnlyBy !== undefined && { readOnlyBy }),
    ...(mode === "rw" && { mustExist: true }),
  };
}

/** Another VFS has other locks, or another storage: https://sqlite.org/vfs.html */
function refuseOtherFileSystem(taker: Taker): void {
  const vfs = taker.take("vfs");
  if (vfs !== undefined && vfs.value !== "unix")
    throw new Refusal(
      "the parameter vfs must be unix, or left out: with another one, the app and seaworthy would not see each other's locks",
    );
  if (isOn(taker, "nolock"))
    throw new Refusal(
      "the parameter nolock is not supported: without locks, an upgrade and the app would damage the database. Remove it",
    );
}

function isOn(taker: Taker, name: string): boolean {
  const parameter = taker.take(name);
  return parameter !== undefined && readFlag(parameter);
}

function pathsOf({ scheme, driver, isJdbc, hasAuthority, rest }: UrlParts): readonly string[] {
  if (isJdbc) {
    // The JDBC driver passes the rest to SQLite, which has its own URIs.
    const path = rest.replace(/^file:/, "");
    return [hasAuthority ? `//${path}` : path];
  }
  if (scheme === "file") {
    const path = hasAuthority ? rest.replace(/^localhost(?=\/)/, "") : rest;
    if (hasAuthority && !path.startsWith("/")) throw new Refusal("write the path of a file, as in file:/data/app.db");
    // Prisma's paths are relative to its schema, which is in ./prisma by default.
    return path.startsWith("/") || path.includes(":memory:") ? [path] : [path, `prisma/${path.replace(/^\.\//, "")}`];
  }
  if (!hasAuthority || !rest.startsWith("/")) return [rest];
  // SQLAlchemy, Django and Doctrine: three slashes and a relative path, or four and an absolute one.
  if (rest.startsWith("//")) return [rest.slice(1)];
  if (driver !== undefined) return [rest.slice(1)];
  // Rails: always absolute.
  return scheme === "sqlite3" ? [rest] : [rest, rest.slice(1)];
}
