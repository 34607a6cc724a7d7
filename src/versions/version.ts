/**
 * A parsed version. Numbers are bigint, so that build timestamps and calendar versions of any length keep every digit.
 */
export interface Version extends Suffix {
  readonly text: string;
  /** 2.3.0 → [2, 3, 0]; 20240102030405 → [20240102030405] */
  readonly numbers: readonly bigint[];
}

/** The suffix of a version, after its numbers. */
export interface Suffix {
  /** rc.1 → ["rc", 1n]. Empty for a release, which is higher than its prereleases (semver §11). */
  readonly prerelease: readonly (string | bigint)[];
  /** The number of commits after the version, from git describe: 2.3.0-5-gabc1234 is above 2.3.0. */
  readonly commits: bigint;
}
