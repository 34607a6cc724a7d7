export interface MigrationFile {
  /** What the history records: the file's name without its ending, or the name of its folder. */
  readonly name: string;
  readonly path: string;
}
