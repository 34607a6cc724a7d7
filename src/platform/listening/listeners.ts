import { readFileSync } from "node:fs";

/** A socket that accepts connections. */
export interface Listener {
  /** The number of its inode. /proc/PID/fd shows it for the processes that have the socket. */
  readonly inode: string;
  /** The user who opened it. Undefined for a unix socket: the kernel does not list its user. */
  readonly uid?: number;
  /** For people: `127.0.0.1:8080`, `[::]:8080`, `unix:/run/app.sock`. */
  readonly address: string;
}

/** TCP_LISTEN in the kernel's tcp_states.h. A port that is only bound has another state. */
const listening = "0A";
/** __SO_ACCEPTCON in the kernel's net.h: set by listen(2). */
const acceptsConnections = 0x1_0000;

/** All listeners in this network namespace, by their inodes. Other containers' are among them if they share it. */
export function readListeners(): ReadonlyMap<string, Listener> {
  const all = [
    ...linesOf("tcp").flatMap(readTcp),
    ...linesOf("tcp6").flatMap(readTcp),
    ...linesOf("unix").flatMap(readUnix),
  ];
  return new Map(all.map((listener) => [listener.inode, listener]));
}

/** Without its title. Empty if the kernel does not have this protocol. */
function linesOf(protocol: "tcp" | "tcp6" | "unix"): readonly string[] {
  try {
    return readFileSync(`/proc/net/${protocol}`, "latin1").split("\n").slice(1);
  } catch {
    return [];
  }
}

/** proc(5), in words: number, local address, remote address, state, queues, timer, retransmits, uid, timeout, inode. */
function readTcp(line: string): readonly Listener[] {
  const [, local = "", , state, , , , uid, , inode] = line.trim().split(/\s+/);
  return state === listening && inode !== undefined ? [{ inode, uid: Number(uid), address: readAddress(local) }] : [];
}

/** In words: number, references, protocol, flags, type, state, inode, path. The path may contain spaces. */
function readUnix(line: string): readonly Listener[] {
  const [, , , flags = "", , , inode, ...path] = line.trim().split(/\s+/);
  if ((Number.parseInt(flags, 16) & acceptsConnections) === 0 || inode === undefined) return [];
  return [{ inode, address: `unix:${path.join(" ")}` }];
}

/** An address is written as words of four bytes in the machine's order. Node only runs on machines with the low byte first. */
function readAddress(text: string): string {
  const [hex = "", port = ""] = text.split(":");
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => [...Buffer.from(word, "hex")].toReversed());
  return `${bytes.length === 4 ? bytes.join(".") : ipv6(Buffer.from(bytes))}:${Number.parseInt(port, 16)}`;
}

/** In brackets and in its short form. */
function ipv6(bytes: Buffer): string {
  const groups = bytes.toString("hex").match(/.{4}/g) ?? [];
  return new URL(`http://[${groups.join(":")}]`).hostname;
}
