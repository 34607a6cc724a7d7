import { findGivenDescriptors, handOnDescriptors } from "../src/platform/descriptors.ts";
import { findIgnoredSignals } from "../src/platform/ignored-signals.ts";
import type { Context } from "./context.ts";

/** What we were started with, and the app is to be started with, that Node would not pass on by itself. */
export interface Inheritance {
  /** By their numbers. */
  readonly ignoredSignals: readonly number[];
  /** From 3 up. */
  readonly descriptors: readonly number[];
}

/** Call it first: what we open and handle ourselves cannot be told apart later. */
export function findInheritance(context: Pick<Context, "workingDirectory">): Inheritance {
  return { ignoredSignals: findIgnoredSignals(), descriptors: findDescriptors(context) };
}

/** Leaves the descriptors that we were given open in everything that is started from now on. */
export function handOnGivenDescriptors(context: Pick<Context, "workingDirectory">): readonly number[] {
  const descriptors = findDescriptors(context);
  handOnDescriptors(descriptors);
  return descriptors;
}

function findDescriptors({ workingDirectory }: Pick<Context, "workingDirectory">): readonly number[] {
  return findGivenDescriptors().filter((descriptor) => workingDirectory !== `/proc/self/fd/${descriptor}`);
}
