import { findGivenDescriptors, handOnDescriptors } from "./descriptors.ts";
import { findIgnoredSignals } from "../signals/ignored-signals.ts";

/** What we were started with, and the app is to be started with, that Node would not pass on by itself. */
export interface Inheritance {
  /** By their numbers. */
  readonly ignoredSignals: readonly number[];
  /** From 3 up. */
  readonly descriptors: readonly number[];
}

interface Started {
  /** A path through /proc/self/fd holds a descriptor of our own (started-with.ts). */
  readonly workingDirectory: string;
}

/** Call it first: what we open and handle ourselves cannot be told apart later. */
export function findInheritance(context: Started): Inheritance {
  return { ignoredSignals: findIgnoredSignals(), descriptors: findDescriptors(context) };
}

/** Leaves the descriptors that we were given open in everything that is started from now on. */
export function handOnGivenDescriptors(context: Started): readonly number[] {
  const descriptors = findDescriptors(context);
  handOnDescriptors(descriptors);
  return descriptors;
}

function findDescriptors({ workingDirectory }: Started): readonly number[] {
  return findGivenDescriptors().filter((descriptor) => workingDirectory !== `/proc/self/fd/${descriptor}`);
}
