import type { ImageFiles } from "../harness/image.ts";

/** One wrong way to call seaworthy, and the expected message. */
export interface FailingInvocation {
  readonly name: string;
  readonly argv: readonly string[];
  readonly files: ImageFiles;
  readonly environment?: Readonly<Record<string, string>>;
  readonly code: number;
  /** The cause, the key, the value and the fix, in the order of the first error. */
  readonly says: readonly string[];
  /** Parts of some of the other lines, in order. */
  readonly further?: readonly string[];
}

/** Addresses that fail in different ways. */
export interface Places {
  /** A database with a valid user and password. */
  readonly url: string;
  readonly wrongPassword: string;
  readonly wrongDatabase: string;
  /** An address without a server. */
  readonly down: string;
  /** A host:port in use. */
  readonly takenListen: string;
}
