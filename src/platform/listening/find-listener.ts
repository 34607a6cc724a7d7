import type { Listener } from "./listeners.ts";
import type { ReadSockets } from "./sockets.ts";

export interface FoundListener {
  readonly address: string;
  /** If true, only the user matches: seaworthy may not see the descriptors of the process. */
  readonly byUser: boolean;
}

export interface FinderPorts {
  readonly readSockets: ReadSockets;
  /** Of the whole network namespace. */
  readonly listeners: () => ReadonlyMap<string, Listener>;
}

/** Whether one of these processes listens. */
export type FindListener = (pids: readonly number[], ports: FinderPorts) => FoundListener | undefined;

/**
 * A finder for one run of an app. It remembers which listeners there were: where seaworthy may not see the descriptors of
 * a process, a new listener of the same user counts. An older one may be another container's in the same network.
 */
export function createFinder(ownPid: number): FindListener {
  let older: ReadonlySet<string> | undefined;
  return (pids, { readSockets, listeners }) => {
    older ??= new Set(listeners().keys());
    const sockets = pids.map(readSockets);
    const inodes = sockets.flatMap((one) => one.inodes);
    const users = new Set(sockets.flatMap(({ hiddenUser }) => (hiddenUser === undefined ? [] : [hiddenUser])));
    // Most looks end here: reading all connections of a busy host costs more than reading an app's descriptors.
    if (inodes.length === 0 && users.size === 0) return undefined;
    const all = listeners();
    const own = inodes.map((inode) => all.get(inode)).find((one) => one !== undefined);
    if (own !== undefined) return { address: own.address, byUser: false };
    if (users.size === 0) return undefined;
    const ours = new Set(readSockets(ownPid).inodes);
    const isNew = ({ inode, uid }: Listener) =>
      uid !== undefined && users.has(uid) && !older?.has(inode) && !ours.has(inode);
    const likely = all.values().find(isNew);
    return likely === undefined ? undefined : { address: likely.address, byUser: true };
  };
}
