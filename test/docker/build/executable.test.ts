import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cp, lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { Script } from "node:vm";
import { execa } from "execa";
import { buildBundle } from "../../../docker/build/bundle.ts";
import { buildExecutable } from "../../../docker/build/executable.ts";
import { installedDirectory, programDirectory, programName, root } from "../../../docker/build/paths.ts";
import { createDatabase } from "../../harness/database.ts";
import { freePort } from "../../harness/postgres.ts";
import { runProgram, withoutRoot } from "../../harness/program.ts";
import { waitFor } from "../../harness/wait.ts";
import { createEmptyRoot, programInRoot, type EmptyRoot } from "./empty-root.ts";

const scratch = await mkdtemp(join(tmpdir(), "seaworthy-executable-"));
after(() => rm(scratch, { recursive: true }));

describe("the self-contained program in an empty root", { skip: withoutRoot }, () => {
  const inRoot = async (files: Readonly<Record<string, string>>, use: (root: EmptyRoot) => Promise<void>) => {
    const root = await createEmptyRoot(files);
    try {
      await use(root);
    } finally {
      await root.remove();
    }
  };

  test("prints the version of package.json", () =>
    inRoot({}, async ({ start }) => {
      const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
        readonly version: string;
      };
      assert.deepEqual(await start(["--version"]).ended, { code: 0, stdout: `${version}\n`, stderr: "" });
    }));

  test("runs a command and returns its exit code", () =>
    inRoot({}, async ({ start }) => {
      const printed = await start([programInRoot, "--version"], silent).ended;
      assert.match(printed.stdout, /^\d+\.\d+\.\d+\n$/);
      assert.equal(printed.code, 0);
      assert.equal((await start([programInRoot, "--no-such-flag"], silent).ended).code, 64);
      assert.equal((await start(["/bin/sh"], silent).ended).code, 127);
    }));

  test("serves health, and --health finds it", async () => {
    const listen = `127.0.0.1:${await freePort()}`;
    // The root has no other program to run as the app. So run --wait as the app, for a database that never exists.
    const waiting = { url: `postgres://a@127.0.0.1:${await freePort()}/a`, connectTimeoutSeconds: 3600 };
    const files = {
      "/seaworthy.json": JSON.stringify({ health: { listen } }),
      "/waiting.json": JSON.stringify({ health: false, upgrade: waiting }),
    };
    await inRoot(files, async ({ start }) => {
      assert.equal((await start(["--health"]).ended).code, 1);
      const running = start([programInRoot, "--config", "/waiting.json", "--upgrade"]);
      try {
        const probe = await waitFor("a healthy answer", async () => {
          const result = await start(["--health"]).ended;
          return result.code === 0 && result;
        });
        assert.equal((JSON.parse(probe.stdout) as { readonly status: string }).status, "pass");
        assert.equal(probe.stderr, "");
      } finally {
        running.stop();
      }
      assert.equal((await running.ended).code, 143);
    });
  });

  test("reaches Postgres by a name from /etc/hosts", async () => {
    const database = await createDatabase();
    const url = new URL(database.url);
    url.hostname = "database.internal";
    const environment = { ...silent, DATABASE_URL: url.href };
    const files = { "/migrations/0001_products.sql": "CREATE TABLE product (id bigint);" };
    try {
      await inRoot(files, async ({ start }) => {
        const control = await start(["--status"], environment).ended;
        assert.equal(control.code, 1);
        assert.match(control.stdout, /unreachable[^]*database\.internal is not known/);
      });
      await inRoot({ ...files, "/etc/hosts": "127.0.0.1 database.internal\n" }, async ({ start }) => {
        const upgraded = await start(["--upgrade"], environment).ended;
        assert.equal(upgraded.code, 0, upgraded.stderr);
        const status = await start(["--status"], environment).ended;
        assert.equal(status.code, 0, status.stdout);
        assert.match(status.stdout, /compatible/);
      });
    } finally {
      await database.drop();
    }
  });
});

describe("the self-contained program in a user's image", { skip: withoutRoot }, () => {
  test("ignores NODE_OPTIONS, and passes it on to the app unchanged", async () => {
    const NODE_OPTIONS = "--require=/no/such/agent.js --max-old-space-size=64";
    const print = ["sh", "-c", 'printf %s "$NODE_OPTIONS"'];
    const { code, stdout, stderr } = await runProgram(print, {
      build: "program",
      environment: { ...silent, NODE_OPTIONS },
    });
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: NODE_OPTIONS, stderr: "" });
    // Control: the Node that runs the bundle obeys it.
    const control = await runProgram(print, { build: "bundle", environment: { ...silent, NODE_OPTIONS } });
    assert.notEqual(control.code, 0);
    assert.match(control.stderr, /no\/such\/agent/);
  });

  test("ignores LD_LIBRARY_PATH: it does not load the app's libraries", async () => {
    const LD_LIBRARY_PATH = join(scratch, "libraries");
    await mkdir(LD_LIBRARY_PATH);
    for (const name of ["libatomic.so.1", "libstdc++.so.6", "libgcc_s.so.1", "libm.so.6"])
      await writeFile(join(LD_LIBRARY_PATH, name), "no library");
    const environment = { ...silent, LD_LIBRARY_PATH };
    const { code, stdout, stderr } = await runProgram(["printenv", "LD_LIBRARY_PATH"], {
      build: "program",
      environment,
    });
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: `${LD_LIBRARY_PATH}\n`, stderr: "" });
    const control = await execa(process.execPath, ["--version"], { env: { LD_LIBRARY_PATH }, reject: false });
    assert.match(control.stderr, /invalid ELF header|file too short/);
  });

  test("runs as PID 1", async () => {
    const script = "echo parent $PPID; exit 7";
    const { code, stdout } = await runProgram(["sh", "-c", script], {
      build: "program",
      asPid1: true,
      environment: silent,
    });
    assert.deepEqual({ code, stdout }, { code: 7, stdout: "parent 1\n" });
  });
});

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

describe("the folder /opt/seaworthy", () => {
  test("has files only, no links: program, loader and libraries, schema, licences", async () => {
    const files = await filesIn(programDirectory);
    const top = files.filter((file) => !file.includes("/"));
    assert.deepEqual(top, [
      "NODE-LICENSE.txt",
      "THIRD-PARTY-LICENSES.txt",
      "libpg-query.wasm",
      "seaworthy",
      "seaworthy-health.schema.json",
      "seaworthy-later.js",
      "seaworthy.schema.json",
    ]);
    const libraries = files.filter((file) => file.startsWith("lib/"));
    assert.equal(files.length, top.length + libraries.length);
    for (const name of ["ld-linux", "libc.so.6", "libatomic.so.1", "libstdc++.so.6"])
      assert.equal(
        libraries.some((file) => file.startsWith(`lib/${name}`)),
        true,
        name,
      );
    for (const file of files) assert.equal((await lstat(join(programDirectory, file))).isFile(), true, file);
  });

  test("contains no path of the build machine: built elsewhere, it is the same", async () => {
    for (const file of await filesIn(programDirectory))
      assert.equal((await readFile(join(programDirectory, file))).includes(`${root}/`), false, file);
  });

  test("is byte for byte the same when it is built in two places", async () => {
    const [first, second] = [await buildAt("first"), await buildAt("second")];
    assert.deepEqual(first, second);
    assert.equal(first.has("seaworthy"), true);
    // Control: another bundle gives another program.
    const other = join(scratch, "other/seaworthy.cjs");
    await cp(join(scratch, "first"), join(scratch, "other"), { recursive: true });
    await writeFile(other, `${await readFile(other, "utf8")}\n;`);
    const third = await hashesIn(await buildExecutable({ bundle: other, directory: join(scratch, "other-program") }));
    assert.notEqual(third.get("seaworthy"), first.get("seaworthy"));
  });

  async function buildAt(name: string): Promise<ReadonlyMap<string, string>> {
    const bundle = await buildBundle({ outFile: join(scratch, name, "seaworthy.cjs") });
    return hashesIn(await buildExecutable({ bundle, directory: join(scratch, `${name}-program`) }));
  }
});

/** Only the app writes output. */
const silent = { SEAWORTHY_LOG_LEVEL: "error", SEAWORTHY_HEALTH_LISTEN: "127.0.0.1:0" };

async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted();
}

async function hashesIn(folder: string): Promise<ReadonlyMap<string, string>> {
  const hashes = new Map<string, string>();
  for (const file of await filesIn(folder))
    hashes.set(
      file,
      createHash("sha256")
        .update(await readFile(join(folder, file)))
        .digest("hex"),
    );
  return hashes;
}
