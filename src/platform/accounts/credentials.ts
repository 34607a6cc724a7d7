import { bind } from "../libc/bindings.ts";
import { readFileSync } from "node:fs";
import { ExitCode, Failure } from "../../kernel/failure.ts";
import type { Account } from "./accounts.ts";

/**
 * Starts processes as another user. Node's own `uid` and `gid` support neither supplementary groups nor ids above 2^31.
 * A helper between seaworthy and the app would cost 35 ms and hide why the app could not start.
 *
 * So seaworthy's main thread becomes the user for the moment of the fork, and the child starts as that user. It uses
 * system calls, because libc's functions of the same names change all threads of the process. The saved user id stays
 * seaworthy's, so the thread can change back; the exec replaces the child's saved id with the user's.
 */
export interface Credentials {
  /** Throws a Failure (126) if seaworthy may not change to this account. */
  readonly runAs: <T>(account: Pick<Account, "uid" | "gid" | "groups">, spawn: () => T) => T;
}

/** From the kernel's asm/unistd.h. */
const callsByArchitecture: Readonly<Record<string, Calls>> = {
  x64: { getgroups: 115n, setgroups: 116n, setresuid: 117n, setresgid: 119n, prctl: 157n },
  arm64: { getgroups: 158n, setgroups: 159n, setresuid: 147n, setresgid: 149n, prctl: 167n },
};
type Calls = Readonly<Record<"getgroups" | "setgroups" | "setresuid" | "setresgid" | "prctl", bigint>>;

// From Linux's prctl.h.
const PR_SET_PDEATHSIG = 1n;
const PR_GET_PDEATHSIG = 2n;
const PR_GET_DUMPABLE = 3n;
const PR_SET_DUMPABLE = 4n;
const PR_CAP_AMBIENT = 47n;
const PR_CAP_AMBIENT_CLEAR_ALL = 4n;
const unchanged = 0xffff_ffffn;
const superuser = 0;
/** NGROUPS_MAX. */
const mostGroups = 65_536;

export function openCredentials(): Credentials {
  const call = openCalls();
  const setIds = (name: "setresuid" | "setresgid", id: number) => call(name, BigInt(id), BigInt(id), unchanged) === 0;
  const setGroups = (groups: Iterable<number> & ArrayLike<number>) =>
    call("setgroups", BigInt(groups.length), Buffer.from(Uint32Array.from(groups).buffer)) === 0;
  // Node's own function adds the effective group.
  const getGroups = () => {
    const groups = new Uint32Array(mostGroups);
    return groups.slice(0, call("getgroups", BigInt(mostGroups), Buffer.from(groups.buffer)));
  };

  return {
    runAs(account, spawn) {
      const { geteuid, getegid } = process;
      const saved = { uid: geteuid?.() ?? superuser, gid: getegid?.() ?? superuser, groups: getGroups() };
      const keepTraits = rememberTraits(call);
      try {
        if (!setGroups(account.groups)) {
          // No right to change groups, but the account is already seaworthy's own.
          if (account.uid === saved.uid && account.gid === saved.gid) return spawn();
          throw notPermitted(account);
        }
        if (!setIds("setresgid", account.gid)) throw notPermitted(account);
        // Ambient capabilities of root must not pass to another user.
        if (saved.uid === superuser && account.uid !== superuser)
          call("prctl", PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL);
        if (!setIds("setresuid", account.uid)) throw notPermitted(account);
        return spawn();
      } finally {
        // The user first: this restores the right to change the groups.
        setIds("setresuid", saved.uid);
        setIds("setresgid", saved.gid);
        setGroups(saved.groups);
        keepTraits();
      }
    },
  };
}

type Call = (name: keyof Calls, ...parameters: readonly (bigint | Buffer)[]) => number;

function openCalls(): Call {
  const calls = callsByArchitecture[process.arch];
  if (calls === undefined) {
    const message = `cannot start a process as another user: seaworthy supports this on x64 and arm64, not on ${process.arch}. Remove user and group.`;
    throw new Failure(ExitCode.cannotRun, message);
  }
  const { syscall } = bind("syscall");
  return (name, a = 0n, b = 0n, c = 0n) => Number(syscall(calls[name], a, b, c, 0n, 0n));
}

/** The kernel resets these when a thread changes its user. Returns a function that restores them. */
function rememberTraits(call: Call): () => void {
  const dumpable = call("prctl", PR_GET_DUMPABLE);
  const parentDeathSignal = Buffer.alloc(4);
  call("prctl", PR_GET_PDEATHSIG, parentDeathSignal);
  return () => {
    call("prctl", PR_SET_DUMPABLE, BigInt(dumpable));
    call("prctl", PR_SET_PDEATHSIG, BigInt(parentDeathSignal.readInt32LE()));
  };
}

function notPermitted({ uid, gid, groups }: Pick<Account, "uid" | "gid" | "groups">): Failure {
  const group = groups.find((id) => !isMapped("gid_map", id));
  if (isMapped("uid_map", uid) && group === undefined) {
    const message = `cannot run as user ${uid} and group ${gid}: not permitted. It needs root, or CAP_SETUID and CAP_SETGID.`;
    return new Failure(ExitCode.cannotRun, message);
  }
  const missing = group === undefined ? `user ${uid}` : `group ${group}`;
  const message = `cannot run as user ${uid} and group ${gid}: ${missing} does not exist in this container's user namespace. Map more ids (/etc/subuid and /etc/subgid of the host), or use one that is mapped.`;
  return new Failure(ExitCode.cannotRun, message);
}

/** user_namespaces(7): each line has the first id inside, the first id outside, and the count. */
function isMapped(file: "uid_map" | "gid_map", id: number): boolean {
  try {
    const lines = readFileSync(`/proc/self/${file}`, "utf8").trim().split("\n");
    return lines
      .map((line) => line.trim().split(/\s+/).map(Number))
      .some(([first = 0, , count = 0]) => id >= first && id < first + count);
  } catch {
    return true;
  }
}
