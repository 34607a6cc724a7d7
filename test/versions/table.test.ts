import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compareVersions } from "../../src/versions/compare.ts";
import { parseRelease, parseServerVersion, parseVersion, type VersionScheme } from "../../src/versions/parse.ts";
import { productOfText } from "../../src/versions/product.ts";
import { parseRange, type Standing } from "../../src/versions/range.ts";
import { anyVersion, createRandom, type Random } from "../harness/versions.ts";

/** The parsed version as `2.3.0-rc.1+5`: numbers, prerelease, commits after it. Undefined if it is not a version. */
function read(text: string, scheme?: VersionScheme, parse = parseVersion): string | undefined {
  const version = parse(text, scheme);
  if (version === undefined) return undefined;
  const { numbers, prerelease, commits } = version;
  return `${numbers.join(".")}${prerelease.length > 0 ? `-${prerelease.join(".")}` : ""}${commits > 0n ? `+${commits}` : ""}`;
}

describe("reading a version", () => {
  const rows: readonly (readonly [text: string, expected: string | undefined])[] = [
    // semver
    ["2.3.0", "2.3.0"],
    ["v2.3.0", "2.3.0"],
    ["0.0.0", "0.0.0"],
    ["1.0.0-alpha", "1.0.0-alpha"],
    ["1.0.0-alpha.1", "1.0.0-alpha.1"],
    ["1.0.0+20130313144700", "1.0.0"],
    ["1.0.0-beta+exp.sha.5114f85", "1.0.0-beta"],
    ["1.0.0+21AF26D3---117B344092BD", "1.0.0"],
    ["1.0.0-rc1", "1.0.0-rc.1"],
    ["1.0.0-RC2", "1.0.0-rc.2"],
    ["1.0.0-rc.1", "1.0.0-rc.1"],
    ["4.0.0-next.3", "4.0.0-next.3"],
    ["1.2.3-SNAPSHOT", "1.2.3-snapshot"],
    ["1.2.3.Final", "1.2.3"],
    ["5.3.0.RELEASE", "5.3.0"],
    ["3.0.0-M4", "3.0.0-m.4"],
    ["99999999999999999999.0.1", "99999999999999999999.0.1"],
    // dotted numbers, calver, dates
    ["2", "2"],
    ["2.3", "2.3"],
    ["10.0.19045.3803", "10.0.19045.3803"],
    ["1.2.3.4.5.6.7", "1.2.3.4.5.6.7"],
    ["2024.01.15", "2024.1.15"],
    ["24.04", "24.4"],
    ["24.04.1", "24.4.1"],
    ["2024.1", "2024.1"],
    ["2024-01-15", "2024.1.15"],
    ["2023-10-16", "2023.10.16"],
    ["01.02.03", "1.2.3"],
    ["000", "0"],
    // integers and timestamps
    ["7", "7"],
    ["0042", "42"],
    ["20240102030405", "20240102030405"],
    ["20240102030405060708", "20240102030405060708"],
    ["9007199254740993", "9007199254740993"],
    [`1${"0".repeat(300)}`, `1${"0".repeat(300)}`],
    // Python, Postgres and others put the prerelease right after the numbers
    ["17beta1", "17-beta.1"],
    ["16rc2", "16-rc.2"],
    ["18devel", "18-devel"],
    ["3.12.0rc2", "3.12.0-rc.2"],
    ["1.0a2", "1.0-a.2"],
    ["1.0b3", "1.0-b.3"],
    ["1.0.dev3", "1.0-dev.3"],
    // git describe: after the tag
    ["2.3.0-5-gabc1234", "2.3.0+5"],
    ["v2.3.0-5-gabc1234", "2.3.0+5"],
    ["v2.3.0-0-gabc1234", "2.3.0"],
    ["2.3.0-127-g0123456789abcdef0123456789abcdef01234567", "2.3.0+127"],
    ["2.3.0-5-gabc1234-dirty", "2.3.0+5"],
    ["2.3.0-dirty", "2.3.0"],
    ["v2.3.0-rc.1-5-gabc1234", "2.3.0-rc.1+5"],
    ["2024.01.15-3-gdeadbee", "2024.1.15+3"],
    ["v7-12-g1234abc", "7+12"],
    ["2.3.0-5-gabc1234-broken", "2.3.0+5"],
    // a JDK's build number is not a beta
    ["1.8.0_151-b12", "1.8.0"],
    ["8u181-b13", "8"],
    ["2.3.0-b12", "2.3.0-b.12"],
    // a date, with a suffix
    ["2024-09-30.acacia", "2024.9.30"],
    ["2023-11-01-preview", "2023.11.1-preview"],
    ["2024-01-15T10:00:00Z", undefined],
    // tags with underscores
    ["REL_16_1", "16.1"],
    ["release_2_3", "2.3"],
    ["REL_17_BETA1", "17-beta.1"],
    // a prerelease after a space
    ["2.3.0 RC1", "2.3.0-rc.1"],
    ["2.3.0 beta 2", "2.3.0-beta.2"],
    ["2.3.0 (preview)", "2.3.0-preview"],
    ["2.3.0 (the beta is over)", "2.3.0"],
    // spaces, remarks, names
    ["  2.3.0\n", "2.3.0"],
    ["2.3.0\r\n", "2.3.0"],
    ["15.4 (Debian 15.4-1.pgdg120+1)", "15.4"],
    ["2.3.0, built yesterday", "2.3.0"],
    ["2.3.0(abc)", "2.3.0"],
    ["nginx/1.22.1", "1.22.1"],
    ["Apache/2.4.57 (Debian)", "2.4.57"],
    ["PHP/8.2.7", "8.2.7"],
    ["Microsoft-IIS/10.0", "10.0"],
    // answers of databases, from any source
    ["PostgreSQL 15.4 on x86_64-pc-linux-gnu, compiled by gcc (GCC) 12.2.0, 64-bit", "15.4"],
    [
      "PostgreSQL 15.4 (Debian 15.4-1.pgdg120+1) on x86_64-pc-linux-gnu, compiled by gcc (Debian 12.2.0-14) 12.2.0, 64-bit",
      "15.4",
    ],
    [
      "PostgreSQL 9.6.24 on x86_64-alpine-linux-musl, compiled by gcc (Alpine 10.3.1) 10.3.1 20211027, 64-bit",
      "9.6.24",
    ],
    ["PostgreSQL 17beta1 on aarch64-unknown-linux-gnu, compiled by clang", "17-beta.1"],
    ["PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2, Redshift 1.0.57798", "8.0.2"],
    ["CockroachDB CCL v23.1.11 (x86_64-pc-linux-gnu, built 2023/09/27 01:53:43, go1.19.10)", "23.1.11"],
    ["5.5.5-10.11.6-MariaDB-1:10.11.6+maria~deb12", "10.11.6"],
    ["5.5.5-10.6.16-MariaDB", "10.6.16"],
    ["10.11.14-MariaDB-0+deb12u2", "10.11.14"],
    ["10.5.23-MariaDB-log", "10.5.23"],
    ["11.4.2-MariaDB-ubu2404", "11.4.2"],
    // not versions
    ["", undefined],
    ["   ", undefined],
    ["latest", undefined],
    ["unknown", undefined],
    ["null", undefined],
    ["-1", undefined],
    ["+1", undefined],
    [".5", undefined],
    ["1.", undefined],
    ["1..2", undefined],
    ["1.2.", undefined],
    ["1.2.3-", undefined],
    ["1.2.3-.", undefined],
    ["1.2.3-a..b", undefined],
    ["1.2.3/4", undefined],
    ["1,2", "1"],
    ["1e3", undefined],
    ["0x1F", undefined],
    ["Infinity", undefined],
    ["NaN", undefined],
    ["1.1.1a", undefined],
    ["1.2.x", undefined],
    ["*", undefined],
    [">=1.2", undefined],
    ["vv1.2", undefined],
    ["version 1.2", undefined],
    ["error 500", undefined],
    ["<html>", undefined],
    ["2.3.0\0", undefined],
    ["１.２", undefined],
    ["1.2.3é", undefined],
    ["9".repeat(1001), undefined],
  ];
  for (const [text, expected] of rows) {
    const title = text.length > 60 ? `${text.slice(0, 50)}… (${text.length})` : text;
    test(`${JSON.stringify(title)} → ${expected?.slice(0, 40) ?? "no version"}`, () =>
      assert.equal(read(text), expected));
  }
});

describe("a vendor's suffix does not lower a version, from any source", () => {
  const rows: readonly (readonly [text: string, expected: string | undefined])[] = [
    ["v1.29.3-gke.1282000", "1.29.3"],
    ["v1.29.3-eks-036c24b", "1.29.3"],
    ["v1.28.5+k3s1", "1.28.5"],
    ["v1.27.11-aks.2", "1.27.11"],
    ["17.2.1-ee", "17.2.1"],
    ["16.11.2-ce.0", "16.11.2"],
    ["2.14.0-alpine", "2.14.0"],
    ["8.3.4-fpm-alpine3.19", "8.3.4"],
    ["12.5-slim", "12.5"],
    ["12.5-bullseye", "12.5"],
    ["21.0.2-jre", "21.0.2"],
    ["33.0.0-android", "33.0.0"],
    ["7.0.14-8", "7.0.14"],
    ["8.0.35-27.1", "8.0.35"],
    ["1.2.3-ls45", "1.2.3"],
    ["9.4-standby", "9.4"],
    ["1:10.5.2-3~bpo11+1", "10.5.2"],
    ["2:8.39-13+b1", "8.39"],
    ["1.22.1-9+deb12u1", "1.22.1"],
    ["3.0.11-1~deb12u2", "3.0.11"],
    ["5.14.0-362.el9.x86_64", "5.14.0"],
    ["1.36.1-r5", "1.36.1"],
    ["2.4.58_1", "2.4.58"],
    ["1.8.0_392", "1.8.0"],
    ["8u392-b08", "8"],
    ["9.6p1", "9.6"],
    ["8.0.mysql_aurora.3.05.2", "8.0"],
    ["V3.2.1", "3.2.1"],
    ["go1.22.3", "1.22.3"],
    ["go version go1.22.3 linux/amd64", undefined],
    ["release-1.2.3", "1.2.3"],
    ["v2.3.4+incompatible", "2.3.4"],
    ["1.0.post1", "1.0"],
    ["15.0.1.2", "15.0.1.2"],
    ["2024.1", "2024.1"],
    ["2024.01.15-2", "2024.1.15"],
    ["2.3.0-5-hotfix", "2.3.0"],
    ["2.3.0-5", "2.3.0"],
    ["10.11.6-MariaDB-0+deb12u1", "10.11.6"],
    // Words that contain a word for a prerelease
    ["1.2.3-release", "1.2.3"],
    ["1.2.3-devuan", "1.2.3"],
    ["1.2.3-premium", "1.2.3"],
    ["1.2.3-rcloud", "1.2.3"],
    ["1.2.3-arc1", "1.2.3"],
    // … and words for a prerelease
    ["1.0.0~rc1", "1.0.0-rc.1"],
    ["1.0.0~rc1-2", "1.0.0-rc.1.2"],
    ["2.0~beta2+dfsg-1", "2.0-beta.2"],
    ["1.2.3~bpo11+1", "1.2.3"],
    ["1:2.0~alpha1", "2.0-alpha.1"],
    ["1.29.0-rc.1-gke.100", "1.29.0-rc.1"],
    ["17.0.0-ee-rc1", "17.0.0-rc.1"],
    ["17.0.0-rc42-ee", "17.0.0-rc.42"],
    ["33.0.0-jre-SNAPSHOT", "33.0.0-snapshot"],
    ["1.3.0-alpine-beta2", "1.3.0-beta.2"],
    ["3.19_rc1", "3.19-rc.1"],
    ["22-ea+5", "22-ea"],
    ["2.0.0.CR1", "2.0.0-cr.1"],
    ["1.2.3-nightly.20240101", "1.2.3-nightly.20240101"],
    ["1.2.3-canary.5", "1.2.3-canary.5"],
    ["1.2.3-preview1", "1.2.3-preview.1"],
    ["1.2.3-dev", "1.2.3-dev"],
    ["1.0b2", "1.0-b.2"],
    ["1.0.0-b2", "1.0.0-b.2"],
    // Go's pseudo-version for a commit before the release
    ["v1.2.4-0.20240102030405-abcdef123456", "1.2.4-0.20240102030405"],
    ["v0.0.0-20240102030405-abcdef123456", "0.0.0-0.20240102030405"],
    // Any length, without rounding to a double.
    ["9007199254740993.9007199254740993-gke.9007199254740993", "9007199254740993.9007199254740993"],
    ["1.0.0-rc.9007199254740993", "1.0.0-rc.9007199254740993"],
    // These are not versions.
    ["1:", undefined],
    ["1:x", undefined],
    ["go", undefined],
    ["gopher1.2", undefined],
    ["1.2.3--", undefined],
    ["1.2.3~", undefined],
    ["1.2.3-é", undefined],
    ["deadbeef", undefined],
    ["4f3c2b1", undefined],
  ];
  for (const [text, expected] of rows)
    test(`${text} → ${expected ?? "no version"}`, () => assert.equal(read(text), expected));

  test("a server's answer as well", () => {
    const answers = ["8.0.mysql_aurora.3.05.2", "V3.2.1", "1:10.5.2-3~bpo11+1", "11.2-YB-2.18.1.0-b0", "8.0.35-27"];
    const found = answers.map((text) => read(text, "auto", parseServerVersion));
    assert.deepEqual(found, ["8.0", "3.2.1", "10.5.2", "11.2", "8.0.35"]);
  });
});

describe("a word for a prerelease lowers a version, and a vendor's suffix does not", () => {
  const prereleases = {
    "2.4.0-early-access": "2.4.0-ea",
    "2.4.0-earlyaccess": "2.4.0-ea",
    "2.4.0-ea": "2.4.0-ea",
    "2.4.0-ea.3": "2.4.0-ea.3",
    "21-ea+35": "21-ea",
    "2024.3-EAP": "2024.3-eap",
    "2.4.0-tp1": "2.4.0-tp.1",
    "2.4.0-techpreview": "2.4.0-techpreview",
    "2.4.0-tech-preview": "2.4.0-preview",
    "16.0-ctp2.1": "16.0-ctp.2.1",
    "4.0-dp1": "4.0-dp.1",
    "1.0.0-m1": "1.0.0-m.1",
    "3.0.0-M1": "3.0.0-m.1",
    "3.0.0.M1": "3.0.0-m.1",
    "5.0-milestone-3": "5.0-milestone.3",
    "4.0.0.CR2": "4.0.0-cr.2",
    "1.0.0-SNAPSHOT": "1.0.0-snapshot",
    "4.0-prealpha": "4.0-prealpha",
    "4.0-pre-alpha": "4.0-pre.alpha",
    "1.90.0-nightly": "1.90.0-nightly",
    "2.4.0-nightly.20240101": "2.4.0-nightly.20240101",
    "2.4.0-daily.5": "2.4.0-daily.5",
    "19.3.0-canary.2": "19.3.0-canary.2",
    "1.2.3-next": "1.2.3-next",
    "1.86.0-insiders": "1.86.0-insiders",
    "1.86.0-insider": "1.86.0-insider",
    "1.2.3-unstable": "1.2.3-unstable",
    "1.2.3-experimental": "1.2.3-experimental",
    "17-internal": "17-internal",
    "1.2.3-wip": "1.2.3-wip",
    "1.5.0-ee-rc1": "1.5.0-rc.1",
    "1.0~ea1-2": "1.0-ea.1.2",
  };
  for (const [text, expected] of Object.entries(prereleases))
    test(`${text} → ${expected}, below its release`, () => {
      assert.equal(read(text), expected);
      const [version, release] = [text, expected.split("-", 1)[0] ?? ""].map((one) => parseVersion(one));
      assert.ok(version !== undefined && release !== undefined && compareVersions(version, release) < 0);
    });

  const releases = {
    "v1.33.1+k3s1": "1.33.1",
    "v1.30.2+rke2r1": "1.30.2",
    "1.31.0-eks-1234": "1.31.0",
    // A commit that begins with a letter like alpha or beta.
    "v1.31.0-eks-a737599": "1.31.0",
    "v1.29.1-eks-b9123456": "1.29.1",
    "15.4 (Debian 15.4-1.pgdg120+1)": "15.4",
    "16.4 (Ubuntu 16.4-1.pgdg24.04+2)": "16.4",
    "10.11.6-MariaDB-0+deb12u1": "10.11.6",
    "11.4.2-MariaDB-ubu2404": "11.4.2",
    "8.0.35-27.1": "8.0.35",
    "8.0.39-azure": "8.0.39",
    "5.7.44-rds.20240408": "5.7.44",
    "16.3-R1": "16.3",
    "15.4.R1": "15.4",
    "7.2.5-v2": "7.2.5",
    "6.0.0-0ubuntu1": "6.0.0",
    "2024.10.1": "2024.10.1",
    "1.0.0.Final": "1.0.0",
    "5.3.0.RELEASE": "5.3.0",
    "1.0.0-incubating": "1.0.0",
    "10.3.0-developer": "10.3.0",
    "10.3.0-community": "10.3.0",
    "2.4.0-lts": "2.4.0",
    "2.4.0-stable": "2.4.0",
    "16.0-rtm": "16.0",
    "1.0.0-hotfix1": "1.0.0",
    "1.0.0-sp1": "1.0.0",
    "1.0.0.SP2": "1.0.0",
    "1.0.0-post1": "1.0.0",
    "3.19.1-alpine-edge": "3.19.1",
    "1.2.3-1~debian-unstable": "1.2.3",
    "8.0.0-jre": "8.0.0",
    "9.6_1": "9.6",
    // Revisions and tags that begin with a letter, as in MongoDB.
    r123: "123",
    "r7.0.5": "7.0.5",
    "r7.0.5-rc1": "7.0.5-rc.1",
  };
  for (const [text, expected] of Object.entries(releases))
    test(`${text} → ${expected}`, () => assert.equal(read(text), expected));

  const none = [
    "1_000",
    "1_000_000",
    "1_000.2",
    "1_0",
    "2,000",
    "2,000,000",
    "1 000",
    "1\u00A0000",
    "1'000",
    "1e3",
    "0x3e8",
  ];
  for (const text of [...none, "rc1", "r", "r-1", "rev"])
    test(`${JSON.stringify(text)} is not a version, from any source`, () => {
      for (const parse of [parseVersion, parseRelease, parseServerVersion])
        assert.equal(read(text, "auto", parse), undefined);
    });

  test("control: a remark, a list and a date are still read as before", () => {
    const found = ["2.3.0, built yesterday", "2.3.0 100 200x", "2024.01.15 100", "1000", "1000_1"].map((text) =>
      read(text),
    );
    assert.deepEqual(found, ["2.3.0", "2.3.0", "2024.1.15", "1000", "1000"]);
  });

  test("a server's own milestones and early releases are below its releases", () => {
    const answers = ["5.7.4-m14-log", "8.0.0-dmr", "9.1.0-ea", "8.0.35-azure", "8.0.35-mariadb"];
    assert.deepEqual(
      answers.map((text) => read(text, "auto", parseServerVersion)),
      ["5.7.4-m.14", "8.0.0-dmr", "9.1.0-ea", "8.0.35", "8.0.35"],
    );
  });
});

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

describe("order", () => {
  /** Each is below the next. */
  const ascending = [
    [
      "1.0.0-alpha",
      "1.0.0-alpha.1",
      "1.0.0-alpha.beta",
      "1.0.0-beta",
      "1.0.0-beta.2",
      "1.0.0-beta.11",
      "1.0.0-rc.1",
      "1.0.0",
    ],
    ["1.0.0-rc2", "1.0.0-rc10", "1.0.0", "1.0.0-1-gabc1234", "1.0.0-20-gabc1234", "1.0.1-rc.1", "1.0.1"],
    ["9", "10", "10.0.1", "10.1", "10.10", "10.11", "11"],
    ["2023-10-16", "2024-01-15", "2024.02"],
    ["9007199254740991", "9007199254740992", "9007199254740993", "20240102030405060708", "20240102030405060709"],
    ["0", "0.0.0.1", "0.0.1", "0.1", "1"],
    ["17beta1", "17beta2", "17rc1", "17", "17.1"],
    ["1.0.0-1", "1.0.0-2", "1.0.0-10", "1.0.0-1a"],
  ];
  for (const list of ascending) {
    test(list.join(" < "), () => {
      const versions = list.map((text) => parseRelease(text) ?? assert.fail(text));
      for (const [i, left] of versions.entries())
        for (const [j, right] of versions.entries())
          assert.equal(compareVersions(left, right), Math.sign(i - j), `${list[i]} : ${list[j]}`);
    });
  }
  const equal = [
    ["2", "2.0", "2.0.0", "v2.0.0", "02.00", "2.0.0+build.5", "2.0.0-dirty", "2.0.0-0-gabc1234"],
    ["1.0.0-rc1", "1.0.0-rc.1", "1.0.0-RC1", "1.0.0rc1"],
  ];
  for (const list of equal) {
    test(list.join(" = "), () => {
      const versions = list.map((text) => parseRelease(text) ?? assert.fail(text));
      for (const left of versions) for (const right of versions) assert.equal(compareVersions(left, right), 0);
    });
  }
});

describe("ranges", () => {
  const rows: readonly (readonly [range: string, version: string, standing: Standing])[] = [
    [">=2.1.0", "2.1.0", "within"],
    [">=2.1.0", "2.0.9", "below"],
    [">=2.1.0", "3.0.0", "within"],
    [">=2.1.0", "2.1.0-rc.1", "below"],
    [">=2.1.0-rc.1", "2.1.0-rc.1", "within"],
    [">=2.1", "2.1.0", "within"],
    [">=2.1 <3", "3", "above"],
    [">=2.1 <3", "2.99", "within"],
    [">2.3.0", "2.3.0-5-gabc1234", "within"],
    [">2.3.0", "2.3.0", "below"],
    ["<=2.3.0", "2.3.0-5-gabc1234", "above"],
    ["=2.3", "2.3.7", "within"],
    ["=2.3", "2.4.0", "above"],
    ["2.3", "2.2.9", "below"],
    ["=2.3.0", "2.3.1", "above"],
    ["==2.3.0", "2.3.0", "within"],
    [">= 2.1", "2.2", "within"],
    ["^2.1.0", "2.9.9", "within"],
    ["^2.1.0", "3.0.0", "above"],
    ["^2.1.0", "2.0.0", "below"],
    ["~2.1.0", "2.1.9", "within"],
    ["~2.1.0", "2.2.0", "above"],
    ["1.x || >=3", "2.5.0", "below"],
    ["1.x || >=3", "3.1.0", "within"],
    ["*", "0.0.1", "within"],
    ["^15.4", "15.14 (Debian 15.14-0+deb12u1)", "within"],
    [">=14", "15.4 (Debian 15.4-1.pgdg120+1)", "within"],
    [">=10.11.6", "5.5.5-10.11.6-MariaDB-1:10.11.6+maria~deb12", "within"],
    [">=10.11.7", "5.5.5-10.11.6-MariaDB-1:10.11.6+maria~deb12", "below"],
    [">=14", "PostgreSQL 15.4 on x86_64-pc-linux-gnu, compiled by gcc, 64-bit", "within"],
    [">=20240102030405060708", "20240102030405060708", "within"],
    [">=20240102030405060708", "20240102030405060707", "below"],
    [">=9007199254740993", "9007199254740992", "below"],
    [">=2024-01-15", "2024-01-14", "below"],
    [">=24.04", "24.10", "within"],
    [">=2024.01.15.2", "2024.1.15.10", "within"],
    [">=2024-06-20", "2024-09-30.acacia", "within"],
    [">=1.8", "1.8.0_151-b12", "within"],
    [">=14, <16", "15.2", "within"],
    ["^1.0.0", "9007199254740993.0.0", "above"],
  ];
  for (const [range, version, standing] of rows) {
    test(`${version} is ${standing} ${range}`, async () => {
      const parsed = parseVersion(version) ?? assert.fail();
      assert.equal((await parseRange(range))?.standingOf(parsed), standing);
    });
  }
  const refused: readonly (readonly [range: string, scheme?: VersionScheme])[] = [
    [""],
    ["latest"],
    [">="],
    [">=2.x.y.z"],
    [">= 1.2 or more"],
    ["1.2.3.4.5-"],
    ["^2.1.0", "integer"],
    [">=2.1", "integer"],
    [">=2.1-rc.1", "numbers"],
    // The author of such a suffix expects an effect.
    [">=7.0.14-8"],
    [">=2024.01.15-2 <2025"],
    ["^1.29.3-gke.1"],
    ["1.2.3-alpine"],
    ["14,15"],
    [">=14(lts)"],
    ["mysql"],
    ["mysql latest"],
  ];
  for (const [range, scheme] of refused)
    test(`${JSON.stringify(range)}${scheme === undefined ? "" : ` of ${scheme}`} is refused`, async () =>
      assert.equal(await parseRange(range, scheme), undefined));
});

describe("a product in a range", () => {
  const rows: readonly (readonly [range: string, product: string | undefined, version: string, standing: Standing])[] =
    [
      ["mysql >=8", "mysql", "8.0.35", "within"],
      ["MySQL >=8 <9", "mysql", "9.1.0", "above"],
      ["elasticsearch ^8.1", "elasticsearch", "7.17.0", "below"],
      ["postgresql >=14", "postgres", "15.4", "within"],
      ["postgres 16.x", "postgres", "16.2", "within"],
      ["redis v7", "redis", "7.2.4", "within"],
      [">=8", undefined, "8.0", "within"],
    ];
  for (const [text, product, version, standing] of rows) {
    test(text, async () => {
      const range = await parseRange(text);
      assert.deepEqual([range?.product, range?.text], [product, text]);
      assert.equal(range?.standingOf(parseVersion(version) ?? assert.fail()), standing);
    });
  }

  const answers: readonly (readonly [answer: string, product: string | undefined])[] = [
    ["PostgreSQL 15.4 on x86_64-pc-linux-gnu, compiled by gcc", "postgres"],
    ["PostgreSQL 11.2-YB-2.18.1.0-b0 on x86_64", "yugabytedb"],
    ["PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC, Redshift 1.0.57798", "redshift"],
    ["CockroachDB CCL v23.1.11 (x86_64-pc-linux-gnu)", "cockroachdb"],
    ["MySQL 8.0.35-0ubuntu0.22.04.1", "mysql"],
    ["MySQL 10.11.6-MariaDB-1:10.11.6+maria~deb12", "mariadb"],
    ["MySQL 8.0.11-TiDB-v7.5.0", "tidb"],
    ["redis 7.0.15", "redis"],
    ["valkey 8.0.1", "valkey"],
    ["nginx/1.22.1", "nginx"],
    ["nginx version: nginx/1.22.1", "nginx"],
    ["psql (PostgreSQL) 15.4", "postgres"],
    ["Redis server v=7.0.15 sha=00000000", "redis"],
    ["git version 2.39.2", "git"],
    ["15.4", undefined],
    ["", undefined],
  ];
  for (const [answer, product] of answers)
    test(`${JSON.stringify(answer)} is ${product ?? "an unknown product"}`, () =>
      assert.equal(productOfText(answer), product));
});

describe("properties of random versions", () => {
  const rounds = 3000;
  /** Every failure message has the seed. Set it here to repeat the same versions. */
  const seed = Number(process.env["TEST_SEED"] ?? Date.now() % 1e9);
  const forMany = (check: (random: Random) => void) => {
    const random = createRandom(seed);
    for (let round = 0; round < rounds; round++) {
      try {
        check(random);
      } catch (error) {
        throw new Error(`TEST_SEED=${seed}: ${String(error)}`, { cause: error });
      }
    }
  };
  const parse = (text: string) => parseRelease(text) ?? assert.fail(`${text} is no version`);
  const compare = (a: string, b: string) => compareVersions(parse(a), parse(b));

  test("the order is total: reflexive, antisymmetric, transitive", () => {
    forMany((random) => {
      const [a, b, c] = [anyVersion(random), anyVersion(random), anyVersion(random)];
      assert.equal(compare(a, a), 0, a);
      assert.equal(compare(a, b), -compare(b, a) + 0, `${a} ${b}`);
      const [low, middle, high] = [a, b, c].toSorted(compare) as [string, string, string];
      assert.ok(
        compare(low, middle) <= 0 && compare(middle, high) <= 0 && compare(low, high) <= 0,
        `${low} ${middle} ${high}`,
      );
      if (compare(a, b) === 0) assert.equal(compare(a, c), compare(b, c), `${a} = ${b}, ${c}`);
    });
  });

  test("it is consistent: other spellings are equal, one more is higher, a prerelease is lower", () => {
    forMany((random) => {
      const numbers = Array.from({ length: random.below(5) + 1 }, () => random.digits(random.below(25) + 1));
      const version = numbers.join(".");
      assert.equal(compare(version, `v${version}.0`), 0);
      assert.equal(compare(version, numbers.map((digits) => `000${digits}`).join(".")), 0);
      assert.equal(compare(version, `${version}+build.${random.digits(3)}`), 0);
      assert.equal(compare(`${version}-rc.1`, version), -1);
      assert.equal(compare(`${version}-${random.below(99) + 1}-gabc1234`, version), 1);
      const last = BigInt(numbers.at(-1) ?? 0);
      const next = [...numbers.slice(0, -1), last + 1n].join(".");
      assert.equal(compare(next, version), 1, `${next} ${version}`);
      assert.equal(compare(next, `${version}-99-gabc1234`), 1);
    });
  });

  test("integers have the order of BigInt, without rounding to a double", () => {
    forMany((random) => {
      const a = random.digits(random.below(40) + 1);
      const b =
        random.below(2) === 0 ? String(BigInt(a) + BigInt(random.below(3)) - 1n) : random.digits(random.below(40) + 1);
      if (b.startsWith("-")) return;
      assert.equal(compare(a, b), BigInt(a) === BigInt(b) ? 0 : BigInt(a) < BigInt(b) ? -1 : 1, `${a} ${b}`);
    });
  });

  test("a range agrees with the order", async () => {
    const random = createRandom(seed);
    for (let round = 0; round < 300; round++) {
      const [bound, version] = [anyVersion(random), anyVersion(random)];
      const order = compare(version, bound);
      const standing = async (operator: string) =>
        (await parseRange(operator + bound, "auto", "app"))?.standingOf(parse(version));
      const message = `TEST_SEED=${seed}: ${version} ${bound}`;
      assert.equal(await standing(">="), order >= 0 ? "within" : "below", message);
      assert.equal(await standing(">"), order > 0 ? "within" : "below", message);
      assert.equal(await standing("<"), order < 0 ? "within" : "above", message);
      assert.equal(await standing("<="), order <= 0 ? "within" : "above", message);
    }
  });

  test("any text is read or refused quickly", () => {
    const alphabet = "0123456789.-+vrc gabef(),:/~_x\0é";
    forMany((random) => {
      const text = Array.from({ length: random.below(300) }, () => alphabet[random.below(alphabet.length)]).join("");
      for (const scheme of ["auto", "semver", "numbers", "integer"] as const) parseVersion(text, scheme);
      parseServerVersion(text);
    });
    for (const text of [
      "1".repeat(1e6),
      "1.".repeat(5e5),
      `1-${"a.".repeat(5e5)}`,
      `1${"-1-gabcd".repeat(1e5)}`,
      "-".repeat(1e6),
      " ".repeat(1e6),
    ]) {
      assert.equal(parseVersion(text), undefined);
      parseServerVersion(text);
    }
  });
});
