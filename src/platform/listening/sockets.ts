import { readdirSync, readlinkSync, statSync } from "node:fs";
import { Failure } from "../../kernel/failure.ts";
import { openCredentials, type Credentials } from "../accounts/credentials.ts";

export interface OpenSockets {
  /** The inodes of the sockets that a process has, its inherited ones included. */
  readonly inodes: readonly string[];
  /** The user of a process whose descriptors seaworthy may not see. */
  readonly hiddenUser?: number;
}

const none: OpenSockets = { inodes: [] };

/** Reads which sockets a process has. Finds none if it has ended. */
export type ReadSockets = (pid: number) => OpenSockets;

/**
 * The kernel shows a process's descriptors to its own user, or with CAP_SYS_PTRACE, which a container does not have by
 * default. For another user's process, seaworthy's main thread becomes this user while it reads. That needs CAP_SETUID and
 * CAP_SETGID, like starting the process as this user.
 */
export function openSocketReader(): ReadSockets {
  let credentials: Credentials | undefined;
  const readAsItsUser = (pid: number, { uid, gid }: { readonly uid: number; readonly gid: number }) => {
    try {
      credentials ??= openCredentials();
      return { inodes: credentials.runAs({ uid, gid, groups: [] }, () => readInodes(pid)) };
    } catch (error) {
      return isRefused(error) ? { inodes: [], hiddenUser: uid } : none;
    }
  };
  return (pid) => {
    try {
      return { inodes: readInodes(pid) };
    } catch (error) {
      const owner = isRefused(error) ? ownerOf(pid) : undefined;
      return owner === undefined ? none : readAsItsUser(pid, owner);
    }
  };
}

function readInodes(pid: number): readonly string[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).flatMap((descriptor) => {
    const inode = /^socket:\[(\d+)\]$/.exec(readLink(`${folder}/${descriptor}`))?.[1];
    return inode === undefined ? [] : [inode];
  });
}

/** Empty if the descriptor was closed meanwhile. */
function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (isRefused(error)) throw error;
    return "";
  }
}

/** Refused by the kernel, or by seaworthy's own rights to become another user. */
function isRefused(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return error instanceof Failure || code === "EACCES" || code === "EPERM";
}

/** Undefined if the process has ended. */
function ownerOf(pid: number): { readonly uid: number; readonly gid: number } | undefined {
  return statSync(`/proc/${pid}`, { throwIfNoEntry: false });
}
