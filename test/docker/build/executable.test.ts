import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { execa } from "execa";
import { root } from "../../../docker/build/paths.ts";
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
    // The root has no other program to run as the app. So run --upgrade as the app, for a database that never exists.
    const waiting = { ledger: `postgres://a@127.0.0.1:${await freePort()}/a`, connectTimeoutSeconds: 3600 };
    const files = {
      "/seaworthy.json": JSON.stringify({ app: { ready: false }, health: { listen } }),
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
        // Without /etc/resolv.conf, a name server on this machine is asked, and none is there.
        assert.match(control.stdout, /unreachable[^]*database\.internal (could not be looked up|is not known)/);
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

/** Only the app writes output. */
const silent = { SEAWORTHY_LOG_LEVEL: "error", SEAWORTHY_HEALTH_LISTEN: "127.0.0.1:0" };
