import { readFileSync } from "node:fs";
import { highestId } from "../../kernel/account-id.ts";
import { ExitCode, Failure, messageOf } from "../../kernel/failure.ts";

/** Whom a process runs as. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
  /** All its groups, `gid` among them. */
  readonly groups: readonly number[];
  /** What its environment has in place of ours. Undefined: nothing. */
  readonly environment: Readonly<Record<"HOME" | "USER" | "LOGNAME", string | undefined>> | undefined;
}

export interface AskedAccount {
  /** As in `user: app`, `user: "1000"`, `user: app:web`. */
  readonly user: string | undefined;
  readonly group: string | undefined;
  /** Where the two stand in the configuration, as in `processes.web`. */
  readonly path: string;
}

/**
 * Looks up a user and a group in /etc/passwd and /etc/group. As `setpriv --init-groups` does it, a user brings along the
 * group of its own and those that /etc/group lists it in, also where it is named by its number; another `group` takes
 * the place of its own. Throws a Failure (78) for a name that is not there.
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
    const message = `${path}.group: the group stands in ${path}.user already: ${JSON.stringify(user)}. Remove one of them.`;
    throw new Failure(ExitCode.configuration, message);
  }
  // As Docker and chown have it, `app:` is the user's own group.
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
  // A container may well run as a number that has no name; its group is then the same number, its home is Docker's.
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

/** An image from scratch has no such files: then there are no names. */
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
