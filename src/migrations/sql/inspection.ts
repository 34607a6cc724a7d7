import type { Place } from "./place.ts";

/** A statement that a migration must not contain, and how to fix it. */
export interface Refused extends Place {
  readonly reason: string;
}

/** The same, by its UTF-16 index in the file. */
export interface Found {
  readonly index: number;
  readonly reason: string;
}

/** The problems of a file, from a look at each of its statements. */
export interface Inspection {
  /** The file would not run as its author means it. */
  readonly refused?: Refused;
  /** A statement that Postgres refuses in a transaction, in a file that runs in a transaction. */
  readonly loner?: Refused;
  /** Where the file turns off `lock_timeout`. */
  readonly endlessWait?: Place;
}

/** The one that comes first in the file. */
export function firstOf(one: Found | undefined, other: Found | undefined): Found | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one.index <= other.index ? one : other;
}
