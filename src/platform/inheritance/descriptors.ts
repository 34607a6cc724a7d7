import { readdirSync, readlinkSync } from "node:fs";
import { bind } from "../libc/bindings.ts";

const F_SETFD = 2;
const firstBeyondStandard = 3;

/**
 * The descriptors from 3 up that seaworthy was started with. Call it before seaworthy opens anything. Node sets most of
 * them to close at an exec, without a list of them. But Node first opens an epoll instance, at the lowest free number:
 * every descriptor below it is inherited. Above it, Node's own descriptors are epoll instances, eventfds, io_urings,
 * and pipes to itself.
 */
export function findGivenDescriptors(): readonly number[] {
  const open = readDescriptors();
  const firstOfNode = Math.max(
    0,
    open.findIndex(({ target }) => target === "anon_inode:[eventpoll]"),
  );
  const ends = Map.groupBy(open.slice(firstOfNode), ({ target }) => target);
  const isOfNode = ({ target }: Descriptor) =>
    ofNode.has(target) || (target.startsWith("pipe:") && ends.get(target)?.length === 2);
  return open.filter((one, index) => index < firstOfNode || !isOfNode(one)).map(({ number }) => number);
}

/** Leaves them open in every process that seaworthy starts from now on. */
export function handOnDescriptors(descriptors: readonly number[]): void {
  setDescriptorFlags(descriptors, 0);
}

/** Closes them at this process's next exec. */
export function closeAtExec(descriptors: readonly number[]): void {
  const FD_CLOEXEC = 1;
  setDescriptorFlags(descriptors, FD_CLOEXEC);
}

function setDescriptorFlags(descriptors: readonly number[], flags: number): void {
  if (descriptors.length === 0) return;
  const { fcntl } = bind("fcntl");
  for (const descriptor of descriptors) fcntl(descriptor, F_SETFD, flags);
}

const ofNode: ReadonlySet<string> = new Set([
  "anon_inode:[eventpoll]",
  "anon_inode:[eventfd]",
  "anon_inode:[io_uring]",
]);

interface Descriptor {
  readonly number: number;
  readonly target: string;
}

/** Finds none without /proc. */
function readDescriptors(): readonly Descriptor[] {
  const folder = "/proc/self/fd";
  try {
    const numbers = readdirSync(folder).map(Number);
    return numbers
      .filter((number) => number >= firstBeyondStandard)
      .toSorted((a, b) => a - b)
      .flatMap((number) => {
        const target = readTarget(`${folder}/${number}`);
        return target === undefined ? [] : [{ number, target }];
      });
  } catch {
    return [];
  }
}

/** Undefined for the descriptor that was open only to read the folder. */
function readTarget(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}
