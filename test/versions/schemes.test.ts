import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseRelease, parseServerVersion, type VersionScheme } from "../../src/versions/parse.ts";
import { read } from "./read-numbers.ts";

describe("the app's own releases follow semver", () => {
  const rows: readonly (readonly [text: string, expected: string | undefined])[] = [
    ["1.0.0-0.3.7", "1.0.0-0.3.7"],
    ["1.0.0-x.7.z.92", "1.0.0-x.7.z.92"],
    ["1.0.0-x-y-z.--", "1.0.0-x-y-z.--"],
    ["2.3.0-5-hotfix", "2.3.0-5-hotfix"],
    ["2.3.0-5", "2.3.0-5"],
    ["2.3.0-RC1", "2.3.0-rc.1"],
    ["2.3.0-5-gabc1234", "2.3.0+5"],
    ["1:2.3.0", undefined],
  ];
  for (const [text, expected] of rows)
    test(`${text} → ${expected ?? "no version"}`, () => assert.equal(read(text, "auto", parseRelease), expected));
});

describe("a server's answer, with any suffix from its vendor or packager", () => {
  const rows: readonly (readonly [text: string, expected: string | undefined])[] = [
    // SHOW server_version
    ["15.4", "15.4"],
    ["15.14 (Debian 15.14-0+deb12u1)", "15.14"],
    ["16.1 (Ubuntu 16.1-1.pgdg22.04+1)", "16.1"],
    ["18beta2", "18-beta.2"],
    ["9.6.24", "9.6.24"],
    // SELECT VERSION() of MySQL and its relatives
    ["8.0.35", "8.0.35"],
    ["8.0.35-0ubuntu0.22.04.1", "8.0.35"],
    ["5.7.44-log", "5.7.44"],
    ["8.0.35-27", "8.0.35"],
    ["8.0.4-rc-log", "8.0.4-rc"],
    ["8.0.0-dmr", "8.0.0-dmr"],
    ["8.0.34-Vitess", "8.0.34"],
    ["8.0.11-TiDB-v7.5.0", "8.0.11"],
    ["8.0.28-aurora", "8.0.28"],
    ["10.11.6-MariaDB-1:10.11.6+maria~ubu2204", "10.11.6"],
    ["5.5.5-10.11.6-MariaDB", "10.11.6"],
    ["5.5.5-10.0.5-MariaDB-1~precise-log", "10.0.5"],
    ["5.5.62", "5.5.62"],
    ["11.5.1-MariaDB-alpha", "11.5.1"],
    // INFO server
    ["7.0.15", "7.0.15"],
    ["7.2.4", "7.2.4"],
    ["8.0.1", "8.0.1"],
    ["255.255.255", "255.255.255"],
    ["", undefined],
    ["undefined", undefined],
    ["-ERR unknown command", undefined],
  ];
  for (const [text, expected] of rows) {
    test(`${JSON.stringify(text)} → ${expected ?? "no version"}`, () =>
      assert.equal(read(text, "auto", parseServerVersion), expected));
  }
});

describe("schemes", () => {
  const rows: readonly (readonly [scheme: VersionScheme, text: string, expected: string | undefined])[] = [
    ["semver", "2.3.0", "2.3.0"],
    ["semver", "v2.3.0", "2.3.0"],
    ["semver", "2.3", undefined],
    ["semver", "2.3.0.1", undefined],
    ["semver", "2.3.0-rc1", "2.3.0-rc1"],
    // In strict semver this is a prerelease.
    ["semver", "2.3.0-5-gabc1234", "2.3.0-5-gabc1234"],
    ["semver", "2.3.0rc1", undefined],
    ["semver", "2024-01-15", undefined],
    ["numbers", "2024.01.15.2", "2024.1.15.2"],
    ["numbers", "2024-01-15", "2024.1.15"],
    ["numbers", "2.3.0-rc.1", undefined],
    ["numbers", "2.3.0-5-gabc1234", undefined],
    ["integer", "20240102030405060708", "20240102030405060708"],
    ["integer", "007", "7"],
    ["integer", "7.0", undefined],
    ["integer", "7-rc", undefined],
    ["integer", "seven", undefined],
  ];
  for (const [scheme, text, expected] of rows)
    test(`${scheme}: ${text} → ${expected ?? "no version"}`, () => assert.equal(read(text, scheme), expected));
});
