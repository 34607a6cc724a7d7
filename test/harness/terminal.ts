import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createInterface } from "node:readline";
import { markName } from "./container.ts";
import { processesWith, treeOf, tryKill } from "./proc.ts";
import { python } from "./python.ts";
import { commandOf, type CommandOptions, type Variant } from "./variants.ts";
import { waitFor } from "./wait.ts";

/** A command on a real terminal. The test types. Declare it with `using`: all its processes end with the test. */
export interface Terminal extends Disposable {
  /** The pid of seaworthy, or of the command if it runs without seaworthy. */
  readonly pid: () => Promise<number>;
  readonly type: (text: string) => void;
  readonly resize: (rows: number, columns: number) => void;
  /** All output so far, including the echo of typed text. */
  readonly screen: () => string;
  /** Waits until the text has appeared `times` times. */
  readonly untilScreen: (text: string, times?: number) => Promise<void>;
  /** The terminal's modes, as text. */
  readonly modes: () => Promise<string>;
  /** The exit code, and the terminal's modes at the end. */
  readonly ended: Promise<{ readonly code: number; readonly modes: string }>;
}

interface TerminalEvent {
  readonly pid?: number;
  readonly output?: string;
  readonly modes?: unknown;
  readonly ended?: number;
}

/** Far longer than anything takes on a loaded machine. */
const limitMs = 40_000;

/** Keys that a person types. */
export const key = { interrupt: "\u0003", suspend: "\u001A", endOfFile: "\u0004" };

/** As docker does for `run -it`: PID 1 leads a new session, which controls the terminal. */
const takeSession = 'set -- setsid --ctty "$@"';

const environment = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  TERM: "dumb",
  PS1: "prompt> ",
  SEAWORTHY_HEALTH_LISTEN: "127.0.0.1:0",
  SEAWORTHY_LOG_LEVEL: "warn",
};

export function startTerminal(variant: Variant, argv: readonly string[], options: CommandOptions = {}): Terminal {
  const before = variant.asPid1 ? takeSession : ":";
  const [file = "", ...parameters] = python("terminal.py", ...commandOf(variant, argv, { before, ...options }));
  const mark = randomUUID();
  const env = { ...environment, [markName]: mark };
  const driver = spawn(file, parameters, { env, stdio: ["pipe", "pipe", "inherit"] });
  const order = (what: object) => void driver.stdin.write(`${JSON.stringify(what)}\n`);
  let screen = "";
  let launcher: number | undefined;
  let modes: string | undefined;
  let code: number | undefined;
  createInterface(driver.stdout).on("line", (line) => {
    const event = JSON.parse(line) as TerminalEvent;
    screen += event.output ?? "";
    launcher ??= event.pid;
    code ??= event.ended;
    if (event.modes !== undefined) modes = JSON.stringify(event.modes);
  });
  const ended = new Promise<{ code: number; modes: string }>((resolve, reject) => {
    const fail = (what: string) => reject(new Error(`${what}. The screen:\n${screen}`));
    const limit = setTimeout(() => fail(`${argv.join(" ")} did not end`), limitMs);
    driver.on("error", reject);
    driver.on("close", () => {
      clearTimeout(limit);
      if (code === undefined) fail("the terminal's driver has ended");
      else resolve({ code, modes: modes ?? "" });
    });
  });
  ended.catch(() => {});
  return {
    ended,
    type: (text) => order({ write: text }),
    resize: (rows, columns) => order({ resize: [rows, columns] }),
    screen: () => screen,
    untilScreen: (text, times = 1) =>
      waitFor(`${times} × ${JSON.stringify(text)} on the screen`, () => screen.split(text).length > times).then(
        () => {},
        (error: unknown) => {
          throw new Error(`${String(error)}. The screen:\n${screen}`, { cause: error });
        },
      ),
    modes() {
      modes = undefined;
      order({ modes: true });
      return waitFor("the terminal's modes", () => modes);
    },
    pid: () =>
      waitFor("the pid", () => (variant.asPid1 && launcher !== undefined ? treeOf(launcher)[1]?.pid : launcher)),
    [Symbol.dispose]() {
      driver.stdin.destroy();
      // Closing the terminal sends HUP, but some processes handle that. Kill the rest.
      for (const { pid } of processesWith(`${markName}=${mark}`)) tryKill(pid);
    },
  };
}
