import assert from "node:assert/strict";
import type { Image } from "../../harness/image.ts";
import { runProgram, startProgram, type Ended } from "../../harness/program.ts";

export const upgrade = ({ folder }: Image, environment = {}) =>
  runProgram(["--upgrade"], { workingDirectory: folder, environment });
export const startUpgrade = ({ folder }: Image, environment = {}) =>
  startProgram(["--upgrade"], { workingDirectory: folder, environment });

export function assertDone({ code, stderr }: Ended): void {
  assert.equal(code, 0, stderr);
}

export const twoTables = { "1_a": "CREATE TABLE a ();", "2_b": "CREATE TABLE b ();" };
