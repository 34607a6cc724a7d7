import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { runContainer } from "../../harness/container.ts";
import { createDatabase } from "../../harness/database.ts";
import { foreignVariables, givenApp, parseGiven, readGiven } from "../../harness/given.ts";
import { withoutPython } from "../../harness/python.ts";
import { scratchPath } from "../../harness/scratch.ts";
import { asRoot, forEachVariant, withoutSeaworthy } from "../../harness/variants.ts";

/** In printf notation: Latin-1, a lone continuation byte, overlong, half a surrogate pair, truncated, some with valid bytes. */
const words = [
  String.raw`caf\351`,
  String.raw`\200`,
  String.raw`\300\257`,
  String.raw`\355\240\200\355\260\200`,
  String.raw`\360\237\230`,
  String.raw`\360\237\230\200\377\303\251`,
  String.raw`\357\277\275\376`,
  "",
];
const quoted = (word: string) => `"$(printf '${word}')"`;
const variables = [
  String.raw`LATIN=caf\351`,
  String.raw`N\303\204ME=\303\244`,
  String.raw`N\304ME=name`,
  String.raw`\377=\376`,
  String.raw`LONG=\360\237\230=x`,
  "EMPTY=",
];
const appendWords = `set -- "$@" ${words.map(quoted).join(" ")}`;
const environment = `set -- env ${variables.map(quoted).join(" ")} "$@"`;
const hex = (text: string) => Buffer.from(text, "latin1").toString("hex");

forEachVariant("bytes that are not UTF-8", { skip: withoutPython }, (variant) => {
  for (const mode of ["run", "--exec"]) {
    const argv = [...(mode === "run" ? [] : [mode]), ...givenApp("first")];

    test(`the app gets its arguments and variables unchanged (${mode})`, async () => {
      const before = `${appendWords}\n${environment}`;
      const ours = await readGiven(variant, argv, { before });
      const control = await readGiven(withoutSeaworthy(variant), givenApp("first"), { before });
      assert.deepEqual(ours.arguments, control.arguments);
      assert.ok(ours.arguments.includes(hex("\xED\xA0\x80\xED\xB0\x80")));
      assert.deepEqual(foreignVariables(ours.variables), foreignVariables(control.variables));
      for (const entry of ["\xFF=\xFE", "LATIN=caf\xE9", "N\xC4ME=name"])
        assert.ok(ours.variables.includes(hex(entry)), entry);
    });

    test(`a single argument or variable with such bytes is kept (${mode})`, async () => {
      const one = await readGiven(variant, argv, { before: `set -- "$@" "$(printf '\\377')"` });
      assert.equal(one.arguments.at(-1), "ff");
      const other = await readGiven(variant, argv, { before: `set -- env "$(printf 'A\\377=1')" "$@"` });
      assert.ok(other.variables.includes(hex("A\xFF=1")));
    });

    test(`programs and working directories may have such names (${mode})`, async () => {
      const folder = makeFolder("\xFFfolder");
      const program = Buffer.concat([folder, Buffer.from("/caf\xE9", "latin1")]);
      // A script without a #! line, which execvp runs in a shell.
      writeFileSync(program, 'printf %s "$0 $1 $PWD"; exit 9');
      chmodSync(program, 0o755);
      const before = [`cd "$(printf '${octal(folder)}')"`, `set -- "$@" "$(printf './caf\\351')" "$(printf '\\376')"`];
      const { code, stdout } = await runContainer(variant, mode === "run" ? [] : [mode], {
        before: [...before, String.raw`exec >out`].join("\n"),
        environment: { SEAWORTHY_LOG_LEVEL: "error" },
      });
      assert.deepEqual({ code, stdout }, { code: 9, stdout: "" });
      const out = readFileSync(Buffer.concat([folder, Buffer.from("/out")]), "latin1");
      assert.equal(out, `./caf\xE9 \xFE ${folder.toString("latin1")}`);
    });

    test(`PATH may have such names; otherwise 127 and 126 (${mode})`, async () => {
      const folder = makeFolder("bin\xFE");
      const program = Buffer.concat([folder, Buffer.from("/shop")]);
      writeFileSync(program, "#!/bin/sh\nexit 8\n");
      chmodSync(program, 0o755);
      writeFileSync(Buffer.concat([folder, Buffer.from("/data")]), "#!/bin/sh\n");
      const before = `set -- env "PATH=$(printf '${octal(folder)}'):$PATH" "$@"`;
      const flags = mode === "run" ? [] : [mode];
      assert.equal((await runContainer(variant, [...flags, "shop"], { before })).code, 8);
      const missing = await runContainer(variant, [...flags, "no-such-shop"], { before });
      assert.equal(missing.code, 127);
      assert.match(missing.stderr, /cannot run "no-such-shop": it is not in PATH/);
      assert.equal((await runContainer(variant, [...flags, "data"], { before })).code, 126);
    });
  }

  test("processes and their readiness checks get the variables, and those of the configuration", async () => {
    const settings = {
      processes: {
        web: {
          command: givenApp(),
          environment: { COPY: "${LATIN}" },
          ready: { command: ["sh", "-c", `test "$LATIN" = "$(printf 'caf\\351')"`] },
        },
      },
    };
    const ours = await readGiven(variant, [], { before: environment, settings });
    for (const entry of ["COPY=caf\xE9", "\xFF=\xFE"]) assert.ok(ours.variables.includes(hex(entry)), entry);
  });

  test("the configuration and its relative paths are found in such a working directory", async () => {
    const folder = makeFolder("shop\xFE");
    const [program, config] = ["/app", "/seaworthy.json"].map((name) => Buffer.concat([folder, Buffer.from(name)]));
    writeFileSync(program ?? "", "#!/bin/sh\ntest -f seaworthy.json && exit 6\n");
    chmodSync(program ?? "", 0o755);
    const processes = { app: { command: ["./app"], workdir: "." } };
    writeFileSync(config ?? "", JSON.stringify({ health: false, processes }));
    const before = `cd "$(printf '${octal(folder)}')"`;
    assert.equal((await runContainer(variant, [], { before })).code, 6);
  });

  for (const part of ["a hook", "upgrade.migrate"] as const)
    test(
      `${part} gets the variables, those of the upgrade, and the working directory`,
      { skip: !asRoot && "needs root" },
      async () => {
        const database = await createDatabase();
        try {
          const migrations = scratchPath("migrations");
          mkdirSync(migrations);
          writeFileSync(`${migrations}/0001_shop.sql`, "CREATE TABLE shop ();");
          const command = givenApp("caf\u00E9");
          const own = {
            dependencies: { schema: { kind: "schema", url: database.url, migrations } },
            upgrade: { before: [{ command }] },
          };
          const tool = {
            dependencies: { shop: { kind: "release", url: database.url } },
            upgrade: { migrate: command },
          };
          const settings = { app: { name: "shop", version: "1.0.0" }, ...(part === "a hook" ? own : tool) };
          const folder = makeFolder("tool\xFE");
          const before = `${environment}\ncd "$(printf '${octal(folder)}')"`;
          const { code, stderr } = await runContainer(variant, ["--upgrade"], { before, settings });
          assert.equal(code, 0, stderr);
          const [, line = ""] = /\[\S*python3\] (\{.*\})/.exec(stderr) ?? [];
          const given = parseGiven(line);
          for (const entry of ["LATIN=caf\xE9", "\xFF=\xFE", "N\xC4ME=name", "SEAWORTHY_TO=1.0.0"])
            assert.ok(given.variables.includes(hex(entry)), entry);
          assert.equal(given.arguments.at(-1), hex("caf\xC3\xA9"));
          assert.equal(given.folder, folder.toString("hex"));
        } finally {
          await database.drop();
        }
      },
    );

  test("a dependency's command gets the variables and the working directory, and is found in such a PATH", async () => {
    const folder = makeFolder("versions\xFE");
    const program = Buffer.concat([folder, Buffer.from("/shop-version")]);
    const checks = [
      `test "$LATIN" = "$(printf 'caf\\351')"`,
      `test "$PWD" = "$(printf '${octal(folder)}')"`,
      String.raw`tr '\0' '\n' </proc/$$/environ | LC_ALL=C grep -qx "$(printf '\377=\376')"`,
    ];
    writeFileSync(program, `#!/bin/sh\n${checks.join(" && ")} && echo 2.3.0\n`);
    chmodSync(program, 0o755);
    const dependencies = { shop: { kind: "command", command: ["shop-version"], requires: ">=2" } };
    const inFolder = `cd "$(printf '${octal(folder)}')"\nset -- env "PATH=$(printf '${octal(folder)}'):$PATH" "$@"`;
    const look = (before: string) => runContainer(variant, ["--status"], { before, settings: { dependencies } });
    const { code, stdout, stderr } = await look(`${environment}\n${inFolder}`);
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /^shop +command +>=2 +2\.3\.0 +compatible$/m);
    // Control: without the variables the program itself refuses.
    const control = await look(inFolder);
    assert.equal(control.code, 1, control.stdout);
    assert.match(control.stdout, /shop-version exited with 1/);
  });
});

/** Creates a folder with a Latin-1 name. */
function makeFolder(name: string): Buffer {
  const folder = Buffer.from(`${scratchPath("")}${name}`, "latin1");
  mkdirSync(folder);
  return folder;
}

function octal(bytes: Buffer): string {
  return [...bytes].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
}
