import { openTerminal, suspend, suspendGroup } from "./terminal.ts";
import type { SignalName } from "../../kernel/signals.ts";

/** The process that has the terminal. */
export interface Job {
  /** Undefined while it does not run. */
  readonly pid: () => number | undefined;
  readonly signal: (name: SignalName) => void;
}

/** Does for the app what a shell does for its foreground job. */
export interface Foreground {
  /** Call it when a shell has resumed seaworthy: gives the terminal to the app again. */
  readonly onContinued: (app: Job | undefined) => void;
  /** Suspends seaworthy. Call it after sending the app a suspending signal. */
  readonly suspend: () => void;
  /** Call it when a child has ended or stopped. */
  readonly onChildChanged: (app: Job | undefined) => void;
  readonly giveBack: () => void;
}

/** Undefined if seaworthy does not have the terminal. */
export function takeForeground(): Foreground | undefined {
  const terminal = openTerminal();
  if (terminal === undefined) return undefined;
  // After seaworthy has passed on a stop, the app's stop is expected. Any other stop is a Ctrl-Z.
  let expectStop = false;
  // A shell that resumes seaworthy in the background keeps the terminal.
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
      // After a resume in the background, a shell's fg sends no signal. Here the app has tried to read.
      if (terminal.isOurs()) {
        give(pid);
        return app?.signal("SIGCONT");
      }
      // Ctrl-Z. Without a shell around seaworthy, nothing could resume the app.
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
