export interface MigrationFile {
  /** The name in the history: the file's name without its ending, or the name of its folder. */
  readonly name: string;
  readonly path: string;
}
