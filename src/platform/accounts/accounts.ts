import { readFileSync } from "node:fs";
import { highestId } from "../../kernel/account-id.ts";
import { ExitCode, Failure, messageOf } from "../../kernel/failure.ts";

/** The account that a process runs as. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
  /** All its groups, including `gid`. */
  readonly groups: readonly number[];
  /** Variables that replace seaworthy's own in its environment. Undefined: none. */
  readonly environment: Readonly<Record<"HOME" | "USER" | "LOGNAME", string | undefined>> | undefined;
}

export interface AskedAccount {
  /** The value of `user`: `app`, `1000` or `app:web`. */
  readonly user: string | undefined;
  readonly group: string | undefined;
  /** The key that contains both in the configuration: `processes.web`. */
  readonly path: string;
}

/**
 * Looks up a user and a group in /etc/passwd and /etc/group. Like `setpriv --init-groups`, adds the user's own group
 * and the groups that list the user in /etc/group, also for a user given by number. `group` replaces the user's own
 * group. Throws a Failure (78) for an unknown name.
 */
export function resolveAccount({ user, group, path }: AskedAccount): Account {
  const { name: asked, group: askedGroup } = splitUser({ user, group, path });
  const found = asked === undefined ? findUser(String(process.geteuid?.() ?? 0), path) : findUser(asked, path);
  const gid = askedGroup === undefined ? found.gid : findGroup(askedGroup, path);
  const groups = [...new Set([gid, ...(found.name === undefined ? [] : groupsOf(found.name))])];
  const environment = { HOME: found.home, USER: found.name, LOGNAME: found.name };
  return { uid: found.uid, gid, groups, environment: asked === undefined ? undefined : environment };
}

function splitUser({ user, group, path }: AskedAccount) {
  const [name, inUser] = user?.split(/:(.*)/s, 2) ?? [];
  if (inUser !== undefined && group !== undefined) {
    const message = `${path}.group: ${path}.user already contains the group: ${JSON.stringify(user)}. Remove one of them.`;
    throw new Failure(ExitCode.configuration, message);
  }
  // In Docker and chown, `app:` means the user's own group.
  return { name, group: group ?? (inUser || undefined) };
}

interface FoundUser {
  readonly uid: number;
  readonly gid: number;
  readonly name?: string;
  readonly home: string;
}

function findUser(user: string, path: string): FoundUser {
  const byNumber = isNumber(user);
  const entry = readEntries("/etc/passwd").find(([name, , uid]) => (byNumber ? sameId(uid, user) : name === user));
  if (entry !== undefined) {
    const [name = "", , uid, gid, , home] = entry;
    const where = `the entry of ${name} in /etc/passwd`;
    return { uid: idOf(uid, where), gid: idOf(gid, where), name, home: home || "/" };
  }
  if (!byNumber) throw unknown("user", user, { path, file: "/etc/passwd" });
  // A number need not have a name. Its group is then the same number, and its home is `/`, like in Docker.
  const uid = idOf(user, `${path}.user`);
  return { uid, gid: uid, home: "/" };
}

function findGroup(group: string, path: string): number {
  if (isNumber(group)) return idOf(group, `${path}.group`);
  const entry = readEntries("/etc/group").find(([name]) => name === group);
  if (entry === undefined) throw unknown("group", group, { path, file: "/etc/group" });
  return idOf(entry[2], `the entry of ${group} in /etc/group`);
}

function groupsOf(user: string): readonly number[] {
  return readEntries("/etc/group")
    .filter(([, , , members = ""]) => members.split(",").includes(user))
    .map(([name, , gid]) => idOf(gid, `the entry of ${name} in /etc/group`));
}

const isNumber = (text: string) => /^\d+$/.test(text);
const sameId = (one: string | undefined, other: string) =>
  one !== undefined && isNumber(one) && Number(one) === Number(other);

function idOf(text: string | undefined, where: string): number {
  const id = text !== undefined && isNumber(text) ? Number(text) : Number.NaN;
  if (id <= highestId) return id;
  const message = `${where}: expected a number from 0 to ${highestId}, received ${JSON.stringify(text ?? "")}. Correct it.`;
  throw new Failure(ExitCode.configuration, message);
}

/** An image `FROM scratch` has no such files, and so no names. */
function readEntries(file: string): readonly (readonly string[])[] {
  try {
    return readFileSync(file, "utf8")
      .split(/\r?\n/)
      .map((line) => line.split(":"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    const fix = "Correct the image.";
    throw new Failure(ExitCode.configuration, `cannot read ${file}: ${messageOf(error)}. ${fix}`, { cause: error });
  }
}

function unknown(
  key: "user" | "group",
  name: string,
  { path, file }: { readonly path: string; readonly file: string },
): Failure {
  return new Failure(
    ExitCode.configuration,
    `${path}.${key}: there is no ${key} ${JSON.stringify(name)} in ${file}. Create it in the image, or use a number.`,
  );
}
