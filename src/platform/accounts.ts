import { readFileSync } from "node:fs";
import { ExitCode, Failure } from "../kernel/failure.ts";

export interface Identity {
  readonly user: number | undefined;
  readonly group: number | undefined;
}

/**
 * The numbers of a user and a group, looked up in /etc/passwd and /etc/group where they are names. A user brings its own
 * group along. Throws a Failure (78) for a name that is not there.
 */
export function resolveIdentity(user: string | undefined, group: string | undefined): Identity {
  const account = user === undefined ? undefined : findAccount(user);
  return { user: account?.user, group: group === undefined ? account?.group : findGroup(group) };
}

function findAccount(user: string): Identity {
  const entry = findEntry("/etc/passwd", user, 2);
  if (entry !== undefined) return { user: Number(entry[2]), group: Number(entry[3]) };
  // A container may well run as a number that has no name; its group is then the same number.
  if (/^\d+$/.test(user)) return { user: Number(user), group: Number(user) };
  throw unknown("user", user, "/etc/passwd");
}

function findGroup(group: string): number {
  const entry = findEntry("/etc/group", group, 2);
  if (entry !== undefined) return Number(entry[2]);
  if (/^\d+$/.test(group)) return Number(group);
  throw unknown("group", group, "/etc/group");
}

/** The fields of the line whose name or number it is. */
function findEntry(file: string, nameOrNumber: string, numberField: number): readonly string[] | undefined {
  return readLines(file)
    .map((line) => line.split(":"))
    .find((fields) => fields[0] === nameOrNumber || fields[numberField] === nameOrNumber);
}

/** An image from scratch has no such files: then there are no names. */
function readLines(file: string): readonly string[] {
  try {
    return readFileSync(file, "utf8").split("\n");
  } catch {
    return [];
  }
}

function unknown(what: string, name: string, file: string): Failure {
  return new Failure(
    ExitCode.configuration,
    `there is no ${what} ${JSON.stringify(name)} in ${file}. Create it in the image, or use a number.`,
  );
}
