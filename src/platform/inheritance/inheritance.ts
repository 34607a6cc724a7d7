import { findGivenDescriptors, handOnDescriptors } from "./descriptors.ts";
import { findIgnoredSignals } from "../signals/ignored-signals.ts";

/** The parts of seaworthy's start that Node does not pass on to the app by itself. */
export interface Inheritance {
  /** Their numbers. */
  readonly ignoredSignals: readonly number[];
  /** From 3 up. */
  readonly descriptors: readonly number[];
}

interface Started {
  /** A path through /proc/self/fd uses one of seaworthy's own descriptors (started-with.ts). */
  readonly workingDirectory: string;
}

/** Call it first: later, it cannot distinguish inherited descriptors and handlers from seaworthy's own. */
export function findInheritance(context: Started): Inheritance {
  return { ignoredSignals: findIgnoredSignals(), descriptors: findDescriptors(context) };
}

/** Leaves the inherited descriptors open in every process that seaworthy starts from now on. */
export function handOnGivenDescriptors(context: Started): readonly number[] {
  const descriptors = findDescriptors(context);
  handOnDescriptors(descriptors);
  return descriptors;
}

function findDescriptors({ workingDirectory }: Started): readonly number[] {
  return findGivenDescriptors().filter((descriptor) => workingDirectory !== `/proc/self/fd/${descriptor}`);
}
