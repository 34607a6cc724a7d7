import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compareVersions } from "../../src/versions/compare.ts";
import { parseRelease, parseServerVersion, parseVersion } from "../../src/versions/parse.ts";
import { read } from "./read-numbers.ts";

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
