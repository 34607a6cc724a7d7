import { openTerminal, suspend, suspendGroup } from "./terminal.ts";
import type { SignalName } from "../../kernel/signals.ts";

/** The process that has the terminal. */
export interface Job {
  /** Undefined while it does not run. */
  readonly pid: () => number | undefined;
  readonly signal: (name: SignalName) => void;
}

/** What a shell does for the job in its foreground, done for the app. */
export interface Foreground {
  /** Resumed by a shell: the terminal is the app's again. */
  readonly onContinued: (app: Job | undefined) => void;
  /** Suspends ourselves, after the app was sent what suspends it. */
  readonly suspend: () => void;
  /** A child has ended or has been stopped. */
  readonly onChildChanged: (app: Job | undefined) => void;
  readonly giveBack: () => void;
}

/** Undefined where the terminal is not ours to give. */
export function takeForeground(): Foreground | undefined {
  const terminal = openTerminal();
  if (terminal === undefined) return undefined;
  // A stop that we passed on ourselves is followed by our own: any other is the terminal's Ctrl-Z.
  let expectStop = false;
  // A shell that resumes us in the background keeps the terminal for itself.
  let given = true;
  const takeBack = () => {
    if (given) terminal.takeBack();
    given = false;
  };
  const give = (pid: number) => {
    terminal.giveTo(pid);
    given = true;
  };
  return {
    onContinued(app) {
      expectStop = false;
      const pid = app?.pid();
      if (pid !== undefined && terminal.isOurs()) give(pid);
    },
    suspend() {
      expectStop = true;
      if (!terminal.hasShell()) return;
      takeBack();
      suspend();
    },
    onChildChanged(app) {
      const pid = app?.pid();
      if (pid === undefined || !terminal.wasStopped(pid)) return;
      if (expectStop) {
        expectStop = false;
        return;
      }
      // A shell's fg does not tell us where the app went on in the background: now it wanted to read.
      if (terminal.isOurs()) {
        give(pid);
        return app?.signal("SIGCONT");
      }
      // Ctrl-Z. Without a shell around us to go back to, nobody could ever resume what is left stopped.
      if (!terminal.hasShell()) return app?.signal("SIGCONT");
      takeBack();
      suspendGroup();
    },
    giveBack() {
      if (!given) return;
      takeBack();
      terminal.restoreModes();
    },
  };
}
