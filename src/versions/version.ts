/**
 * A version, read once. Numbers are bigint: build timestamps and calendar versions of any length keep every digit.
 */
export interface Version extends Suffix {
  readonly text: string;
  /** 2.3.0 → [2, 3, 0]; 20240102030405 → [20240102030405] */
  readonly numbers: readonly bigint[];
}

/** What hangs on the numbers of a version. */
export interface Suffix {
  /** rc.1 → ["rc", 1n]; empty for a release. Lower than the release itself, as in semver §11. */
  readonly prerelease: readonly (string | bigint)[];
  /** How many commits after the version, as git describe counts them: 2.3.0-5-gabc1234 is above 2.3.0. */
  readonly commits: bigint;
}
