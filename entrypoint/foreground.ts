import { foregroundFlag } from "../src/cli/command.ts";
import type { SignalName } from "../src/kernel/signals.ts";
import { openTerminal, suspend } from "../src/platform/terminal.ts";
import type { Unit } from "../src/supervisor/unit.ts";

/** What a shell does for the job in its foreground, done for the app. */
export interface Foreground {
  /** The command that starts the given one in the terminal's foreground. */
  readonly command: (command: readonly string[]) => readonly string[];
  readonly onSignal: (signal: SignalName, app: Unit | undefined) => void;
  /** A child has ended or has been stopped. */
  readonly onChildChanged: (app: Unit | undefined) => void;
  readonly giveBack: () => void;
}

/** Undefined where the terminal is not ours to give. */
export function takeForeground(): Foreground | undefined {
  const terminal = openTerminal();
  if (terminal === undefined) return undefined;
  // A stop that we passed on ourselves is followed by our own: any other is the terminal's Ctrl-Z.
  let expectStop = false;
  return {
    command: (command) => [...ourselves(), foregroundFlag, ...command],
    onSignal(signal, app) {
      // Resumed by a shell: the terminal is the app's again.
      const pid = app?.pid();
      expectStop ||= signal === "SIGTSTP" || signal === "SIGTTIN" || signal === "SIGTTOU";
      if (signal === "SIGCONT" && pid !== undefined) terminal.giveTo(pid);
    },
    onChildChanged(app) {
      const pid = app?.pid();
      if (pid === undefined || !terminal.wasStopped(pid)) return;
      if (expectStop) {
        expectStop = false;
        return;
      }
      // Ctrl-Z. Nobody could ever resume what PID 1 left stopped: there is no shell around it to go back to.
      if (process.pid === 1) {
        app?.signal("SIGCONT");
        return;
      }
      terminal.takeBack();
      suspend();
    },
    giveBack() {
      terminal.takeBack();
      terminal.restoreModes();
    },
  };
}

/** How this program was started, without its arguments. */
function ourselves(): readonly string[] {
  const { isSea } = process.getBuiltinModule("node:sea");
  const [, script = ""] = process.argv;
  return isSea() ? [process.execPath] : [process.execPath, ...process.execArgv, script];
}
