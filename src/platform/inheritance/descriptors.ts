import { readdirSync, readlinkSync } from "node:fs";
import { bind } from "../libc/bindings.ts";

const F_SETFD = 2;
const firstBeyondStandard = 3;

/**
 * The descriptors from 3 up that we were started with. Call it before anything of ours is opened. Node makes most of
 * them close at an exec, and says nowhere which they are. But it opens an epoll instance first, at the lowest free number:
 * what is below it was there before. Above it, everything of its own is an epoll instance, an eventfd, an io_uring, or a
 * pipe to itself.
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

/** Leaves them open in every process that is started from now on. */
export function handOnDescriptors(descriptors: readonly number[]): void {
  setDescriptorFlags(descriptors, 0);
}

/** Closes them in whatever this process turns into. */
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

/** Without /proc there are none to be found. */
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

/** Undefined for the descriptor that the folder itself was read through. */
function readTarget(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}
