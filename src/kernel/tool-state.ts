/** The state of an image's migrations, by a tool's history. */
export interface ToolState {
  /** The names of missing migrations, in the order in which the tool would apply them. */
  readonly missing: readonly string[];
  /** The last migration of the image. */
  readonly needed: string;
  /** The migration that was applied last; undefined if none was. The image may not know it. */
  readonly latest: string | undefined;
  /** Set if a migration of the image failed half-way: a sentence that names it and says how to repair it. */
  readonly dirty: string | undefined;
  /** Set if a migration is missing and an upgrade holds the lock: a sentence about it. */
  readonly upgrading: string | undefined;
  /** Set if nothing is applied, but another schema has such a table: a sentence that names it. */
  readonly hint: string | undefined;
}
