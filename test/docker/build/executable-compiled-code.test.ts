import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { Script } from "node:vm";
import { execa } from "execa";
import { installedDirectory, programDirectory, programName } from "../../../docker/build/paths.ts";
import { createDatabase } from "../../harness/database.ts";
import { freePort } from "../../harness/postgres.ts";
import { withoutRoot } from "../../harness/program.ts";

const scratch = await mkdtemp(join(tmpdir(), "seaworthy-executable-"));
after(() => rm(scratch, { recursive: true }));

describe("the code that the build compiled in advance", { skip: withoutRoot }, () => {
  /** The debug log of an upgrade and of a run. Together they load nearly all code. */
  const linesOf = async (folder: string) => {
    const database = await createDatabase();
    const settings = {
      app: { name: "shop", version: "1.0.0" },
      dependencies: { schema: { kind: "schema", url: database.url } },
      health: { listen: `127.0.0.1:${await freePort()}` },
      log: { level: "debug" },
    };
    const workingDirectory = await mkdtemp(join(scratch, "app-"));
    await writeFile(join(workingDirectory, "seaworthy.json"), JSON.stringify(settings));
    await mkdir(join(workingDirectory, "migrations"));
    await writeFile(join(workingDirectory, "migrations/0001_products.sql"), "CREATE TABLE product (id bigint);");
    const program = `${installedDirectory}/${programName}`;
    const run = async (...argv: readonly string[]) => {
      const all = ["--mount", "sh", "-c", mountThere, folder, program, ...argv];
      const { stderr } = await execa("unshare", all, { cwd: workingDirectory });
      return stderr;
    };
    try {
      const upgraded = await run("--upgrade");
      return { upgraded, ran: await run("sh", "-c", `until ${program} --health >/dev/null 2>&1; do :; done`) };
    } finally {
      await database.drop();
    }
  };
  const mountThere = `mount -t tmpfs tmpfs /opt && mkdir ${installedDirectory} && mount --bind "$0" ${installedDirectory} && exec "$@"`;

  test("is accepted by V8: nothing is compiled again", async () => {
    const { upgraded, ran } = await linesOf(programDirectory);
    assert.match(upgraded, /applied 0001_products/);
    assert.match(ran, /serving health/);
    assert.doesNotMatch(upgraded + ran, /V8 rejected/);
  });

  test("from another V8 is reported as rejected (control)", async () => {
    const folder = join(scratch, "unfit");
    await cp(programDirectory, folder, { recursive: true });
    const file = join(folder, programName);
    const program = await readFile(file);
    // The first eight bytes: a magic number and a hash of V8's version.
    const head = new Script("").createCachedData().subarray(0, 8);
    let replaced = 0;
    for (let at = program.indexOf(head); at >= 0; at = program.indexOf(head, at + 8), replaced++)
      program.writeUInt8(program.readUInt8(at + 7) ^ 1, at + 7);
    assert.ok(replaced > 10, `${replaced} were found`);
    await writeFile(file, program);
    const { upgraded, ran } = await linesOf(folder);
    for (const lines of [upgraded, ran]) {
      assert.match(lines, /V8 rejected the program's precompiled code/);
      assert.match(lines, /V8 rejected the precompiled code of postgres-/);
    }
    assert.match(upgraded, /applied 0001_products/);
  });
});
