import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { readMigrationFolder } from "../../../src/migrations/folder.ts";
import { readChecksum, readScript } from "../../../src/migrations/script.ts";
import { postgresDialect } from "../../../src/migrations/sql/dialect.ts";
import { expandOnly } from "../../../src/migrations/tier.ts";
import { beside, folderOf } from "./write-folder.ts";

const shell = "#!/bin/sh\n";
const binary = "\u007FELF\u0002\u0001";

/** A folder with `1_a.sql` and these files, which are all executable, as with `COPY --chmod=755`. */
function executable(files: Readonly<Record<string, string>>, mode = 0o755): string {
  const folder = folderOf({ ...beside(), ...files });
  for (const name of ["1_a.sql", ...Object.keys(files)]) chmodSync(join(folder, name), mode);
  return folder;
}

const namesOf = (folder: string) => readMigrationFolder(folder).map(({ name }) => name);

describe("an executable file with a number is a migration", () => {
  const programs: Readonly<Record<string, string>> = {
    "2_b.sh": "2_b",
    "0002_create_topic": "0002_create_topic",
    "2_b.py": "2_b",
    "2_b.ts": "2_b",
    "2_b.up.rb": "2_b",
    "2": "2",
  };
  for (const [file, name] of Object.entries(programs))
    test(file, () => {
      for (const text of [shell, binary]) assert.deepEqual(namesOf(executable({ [file]: text })), ["1_a", name]);
    });

  test("Flyway's V2__b.sh", () => {
    const folder = folderOf({ "V1__a.sql": "", "V2__b.sh": shell });
    chmodSync(join(folder, "V2__b.sh"), 0o755);
    assert.deepEqual(namesOf(folder), ["V1__a", "V2__b"]);
  });

  test("in order with the others", () => {
    assert.deepEqual(namesOf(executable({ "10_d.sql": "", "2_b.sh": shell, "3_c.js": "", "11_e": binary })), [
      ...["1_a", "2_b", "3_c", "10_d", "11_e"],
    ]);
  });
});

describe("the run bit alone makes no program", () => {
  for (const [file, language] of [
    ["2_b.sql", "sql"],
    ["2_b.js", "module"],
    ["2_b.cjs", "module"],
  ] as const)
    test(`${file} stays what it is`, () => {
      const folder = executable({ [file]: language === "sql" ? `${shell}SELECT 1;` : "exports.up = () => {};" });
      const [, second] = readMigrationFolder(folder);
      assert.ok(second);
      assert.equal(readScript(second, postgresDialect).language, language);
    });

  const leftOut = [
    "README.md",
    "2_notes.md",
    "2_data.csv",
    "2_b.sh.bak",
    "migrate.sh",
    "run",
    "wait-for-it.sh",
    "Makefile",
  ];
  const down = ["2_b.down.sh", "2_b.down", "2_b.rollback.py"];
  for (const file of [...leftOut, ...down])
    test(`${file} is left out`, () => assert.deepEqual(namesOf(executable({ [file]: shell })), ["1_a"]));

  const refused: Readonly<Record<string, RegExp>> = {
    "2_b.py": /Python is not run\. Let its tool run it with upgrade\.migrate, .*begin it with #! and set its run bit/,
    "2_b.sh": /A shell script is not run\. .*begin the file with #!\/bin\/sh, and set its run bit \(chmod \+x\)/,
    "0002_b": /is neither \.sql, \.js, \.mjs or \.cjs nor a program/,
    "2_b.json": /is neither/,
  };
  for (const [file, message] of Object.entries(refused))
    test(`${file} without #! is refused`, () =>
      assert.throws(() => namesOf(executable({ [file]: "x = 1\n" })), { exitCode: 78, message }));

  test("the way down of a program, by its name alone", () => {
    const folder = executable({ "2_b.sh": shell, "2_b_down.sh": shell });
    assert.throws(() => namesOf(folder), {
      exitCode: 78,
      message: /the down migration of 2_b\.sh.*Name it 2_b\.down\.sh/,
    });
  });
});

describe("a program without its run bit is refused with what to do", () => {
  for (const file of ["2_b.sh", "2_b.py", "0002_b", "2_b.rb", "V2__b.sh"])
    test(file, () => {
      for (const text of [shell, binary])
        assert.throws(() => namesOf(executable({ [file]: text }, 0o644)), {
          exitCode: 78,
          message: /a program without its run bit, so it cannot be run\. Set it with chmod \+x .* COPY --chmod=755\.$/,
        });
    });
});

describe("what is read of a program", () => {
  function read(text: string | Buffer) {
    const folder = executable({ "2_b.sh": String(text) });
    const [, file] = readMigrationFolder(folder);
    assert.ok(file);
    return { script: () => readScript(file, postgresDialect), file };
  }

  for (const mark of ["#", "##", "//", "--", ";;"])
    test(`its directive after ${mark}`, () => {
      const { script, file } = read(`${shell}# Removes the old topic.\n\n${mark} seaworthy: contract 2.0.0\necho\n`);
      assert.deepEqual(script().directives, { transaction: false, contract: "2.0.0" });
      assert.deepEqual(expandOnly([file]), []);
    });

  test("without a directive, it is an expand migration", () => {
    const { script, file } = read(`${shell}echo\n`);
    assert.deepEqual(script().directives, { transaction: false });
    assert.deepEqual(expandOnly([file]), [file]);
  });

  for (const directive of ["no-transaction", "lock-timeout 1s", "statement-timeout 1s"])
    test(`the directive ${directive} is refused`, () =>
      assert.throws(read(`${shell}# seaworthy: ${directive}\n`).script, {
        exitCode: 78,
        message: /is for statements/,
      }));

  test("an unknown directive, and one below the first command, are refused", () => {
    assert.throws(read(`${shell}# seaworthy: contrat 2.0.0\n`).script, {
      exitCode: 78,
      message: /did you mean contract/,
    });
    assert.throws(read(`${shell}echo\n# seaworthy: contract 2.0.0\n`).script, {
      exitCode: 78,
      message: /must come before/,
    });
  });

  test("an interpreter that is missing, and one with a carriage return, are refused", () => {
    const missing = /its interpreter \/no\/such\/sh does not exist/;
    assert.throws(read("#!/no/such/sh -e\n").script, { exitCode: 78, message: missing });
    assert.throws(read("#!/bin/sh\r\necho\r\n").script, { exitCode: 78, message: /carriage return.*\(LF\)/ });
  });

  test("a change of any byte changes the checksum", () => {
    const sums = [`${shell}a`, `${shell}b`, `${binary}\u0000`, `${binary}\u0000\u0000`].map((text) =>
      readChecksum(read(text).file),
    );
    assert.equal(new Set(sums).size, sums.length);
  });
});

const inNamespace = (script: string) => spawnSync("unshare", ["-m", "sh", "-ec", script], { encoding: "utf8" });

test("on a file system that is mounted noexec, it is refused", (context) => {
  if (inNamespace("mount -t tmpfs none /mnt").status !== 0) return context.skip("cannot mount here");
  const module = join(import.meta.dirname, "../../../src/migrations/script.ts");
  const read = `const { readScript } = await import(${JSON.stringify(module)}); readScript({ name: "1_a", path: process.argv[1] }, { engine: "postgres" })`;
  const readIn = (options: string) =>
    inNamespace(`mount -t tmpfs -o ${options} none /mnt; printf '#!/bin/sh\\n' > /mnt/1_a.sh; chmod +x /mnt/1_a.sh
      exec ${process.execPath} --input-type=module -e '${read}' /mnt/1_a.sh`);
  assert.match(readIn("noexec").stderr, /cannot run the migration \/mnt\/1_a\.sh: permission denied.*mounted noexec/);
  const control = readIn("exec");
  assert.equal(control.status, 0, control.stderr);
});

test("in SQL, # begins no directive", () => {
  const folder = folderOf({ "1_a.sql": "# seaworthy: contract 2.0.0\n" });
  assert.deepEqual(
    expandOnly(readMigrationFolder(folder)).map(({ name }) => name),
    ["1_a"],
  );
});
