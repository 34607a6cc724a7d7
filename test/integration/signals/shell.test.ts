import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { treeOf } from "../../harness/proc.ts";
import { python, withoutPython } from "../../harness/python.ts";
import { scratchPath } from "../../harness/scratch.ts";
import { key, startTerminal, type Terminal } from "../../harness/terminal.ts";
import { commandOf, forEachVariant, withoutSeaworthy, type Variant } from "../../harness/variants.ts";
import { waitFor } from "../../harness/wait.ts";

const prompt = "prompt> ";
/** Prints its input, and exits with 7. */
const app = ["sh", "-c", "cat; exit 7"];

/** The way a developer starts it: from a shell that can take the terminal back. PID 1 has no such shell. */
forEachVariant("below an interactive shell", { skip: withoutPython, only: "not PID 1" }, (variant) => {
  const seaworthy = (argv: readonly string[]) => writeScript(commandOf(variant, argv));

  test("Ctrl-Z returns to the shell, and fg resumes the app and all its descendants", async () => {
    using shell = await startShell(seaworthy(app));
    await typeAtCat(shell, "first\n");
    shell.type(key.suspend);
    await shell.untilScreen("Stopped");
    await shell.untilScreen(prompt, 2);
    assert.deepEqual((await suspended(shell)).slice(-2), ["sh", "cat"]);
    shell.type("fg\n");
    await typeAtCat(shell, "second\n");
    shell.type(key.endOfFile);
    await expectCode(shell, 7);
  });

  test("Ctrl-Z does not return to the shell if a supervisor only hands over the terminal (control)", async () => {
    const naive = commandOf(withoutSeaworthy(variant), python("naive.py", "foreground", ...app));
    using shell = await startShell(writeScript(naive));
    await typeAtCat(shell, "first\n");
    shell.type(key.suspend);
    await waitFor("the app's suspension", async () => (await suspended(shell)).length === 2);
    assert.deepEqual(await suspended(shell), ["sh", "cat"]);
    assert.equal(shell.screen().split(prompt).length - 1, 1);
  });

  test("Ctrl-Z also stops the script that started it", async () => {
    using shell = await startShell(`sh -c '${seaworthy(app)}; echo the script goes on with $?'`);
    await typeAtCat(shell, "first\n");
    shell.type(key.suspend);
    await shell.untilScreen("Stopped");
    await shell.untilScreen(prompt, 2);
    shell.type("fg\n");
    await typeAtCat(shell, "second\n");
    shell.type(key.endOfFile);
    await shell.untilScreen("the script goes on with 7");
  });

  test("TSTP from another process suspends seaworthy and the app, and fg resumes both", async () => {
    using shell = await startShell(seaworthy(app));
    await typeAtCat(shell, "first\n");
    const [, pid = 0] = treeOf(await shell.pid()).map((entry) => entry.pid);
    process.kill(pid, "SIGTSTP");
    await shell.untilScreen("Stopped");
    await shell.untilScreen(prompt, 2);
    await waitFor("the app's suspension", async () => (await suspended(shell)).includes("sh"));
    shell.type("fg\n");
    await typeAtCat(shell, "second\n");
    shell.type(key.suspend);
    await shell.untilScreen(prompt, 3);
    shell.type("fg\n");
    await typeAtCat(shell, "third\n");
    shell.type(key.endOfFile);
    await expectCode(shell, 7);
  });

  test("bg leaves the terminal to the shell", async () => {
    using shell = await startShell(seaworthy(["sleep", "1000"]));
    await untilForeground(shell, "sleep");
    shell.type(key.suspend);
    await shell.untilScreen("Stopped");
    shell.type("bg\n");
    await waitFor("the app", async () => (await suspended(shell)).length === 0);
    shell.type("echo still=$((40 + 2))\n");
    await shell.untilScreen("still=42");
    // The shell does not report this.
    shell.type("fg\n");
    const [, ours] = treeOf(await shell.pid());
    await waitFor("the terminal", () => isForeground(ours?.pid ?? 0));
    shell.type(key.interrupt);
    await expectCode(shell, 130);
  });

  test("fg gives the terminal to an app that ran in the background, once it reads", async () => {
    const gate = scratchPath("gate");
    execFileSync("mkfifo", [gate]);
    // Wait without starting processes: a child suspended between vfork and exec would keep its shell from stopping.
    using shell = await startShell(seaworthy(["sh", "-c", `echo waiting; read line < ${gate}; cat; exit 7`]));
    await shell.untilScreen("waiting");
    shell.type(key.suspend);
    await shell.untilScreen("Stopped");
    shell.type("bg\n");
    await waitFor("the app", async () => (await suspended(shell)).length === 0);
    shell.type("fg\n");
    const [, ours] = treeOf(await shell.pid());
    await waitFor("the terminal", () => isForeground(ours?.pid ?? 0));
    writeFileSync(gate, "");
    await typeAtCat(shell, "first\n");
    shell.type(key.endOfFile);
    await expectCode(shell, 7);
  });

  test("started in the background, it leaves the terminal to the shell", async () => {
    using shell = await startShell(`${seaworthy(["sleep", "1000"])} &`);
    await waitFor("the app", async () => treeOf(await shell.pid()).some(({ name }) => name === "sleep"));
    shell.type("echo still=$((40 + 2))\n");
    await shell.untilScreen("still=42");
    shell.type("kill %1; wait %1; echo code=$?\n");
    await shell.untilScreen("code=143");
  });
});

async function startShell(command: string): Promise<Terminal> {
  const nothing: Variant = { build: "nothing", asPid1: false };
  const shell = startTerminal(nothing, ["bash", "--norc", "--noprofile", "-i"]);
  await shell.untilScreen(prompt);
  shell.type(`${command}\n`);
  return shell;
}

/** Quotes a command line as one word. */
function writeScript(argv: readonly string[]): string {
  const path = scratchPath("command");
  writeFileSync(
    path,
    `#!/bin/sh\nexec ${argv.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(" ")}\n`,
  );
  chmodSync(path, 0o755);
  return path;
}

/** Types a line, and waits until the app has read it: the screen shows it twice, from the terminal's echo and from cat. */
async function typeAtCat(shell: Terminal, line: string): Promise<void> {
  await untilForeground(shell, "cat");
  shell.type(line);
  await shell.untilScreen(line.trim(), 2);
}

async function untilForeground(shell: Terminal, name: string): Promise<void> {
  const pid = await shell.pid();
  await waitFor(`${name} in the foreground`, () =>
    treeOf(pid).some((entry) => entry.name === name && entry.state !== "T" && isForeground(entry.pid)),
  ).catch((error: unknown) => {
    const found = treeOf(pid).map((entry) => `${entry.name} ${entry.state}${isForeground(entry.pid) ? " +" : ""}`);
    throw new Error(`${String(error)}; suspended: ${found.join(", ")}; the screen:\n${shell.screen()}`);
  });
}

/** proc(5): whether its process group is its terminal's foreground group. */
function isForeground(pid: number): boolean {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return group === foreground;
}

/** The names of the suspended processes below the shell, parents first. */
async function suspended(shell: Terminal): Promise<readonly string[]> {
  return treeOf(await shell.pid())
    .filter(({ state }) => state === "T")
    .map(({ name }) => name);
}

async function expectCode(shell: Terminal, code: number): Promise<void> {
  await waitFor("the shell", () => shell.screen().endsWith(prompt));
  shell.type("echo code=$?\n");
  await shell.untilScreen(`code=${code}`);
}
