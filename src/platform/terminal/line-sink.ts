import { constants, fstatSync, openSync, writeSync } from "node:fs";

/** Takes whole lines. Never throws, and never waits for a reader for longer than a moment. */
export type LineSink = (line: string) => void;

/** How long a reader that is behind is waited for, once. */
const patienceMs = 100;
const pauseMs = 5;

/**
 * Writes lines to a descriptor that we share with the app. A pipe whose reader is stuck would stop us in the middle of
 * a write, and PID 1 with us: no signal, no health, no exit. O_NONBLOCK on the descriptor itself would break the app's
 * own writes, so the pipe is opened once more, for us. What cannot be written is counted, and the count is written when
 * there is room again.
 */
export function createLineSink(descriptor: number): LineSink {
  let target: number | undefined;
  let lost = 0;
  return (line) => {
    target ??= openOwn(descriptor);
    const notice = lost > 0 ? `seaworthy: ${lost} lines of this log were lost: its reader was not reading\n` : "";
    // A reader that is stuck is waited for once, not at every line.
    if (writeAll(target, notice + line, lost > 0 ? 0 : patienceMs)) lost = 0;
    else lost++;
  };
}

/** A descriptor of our own for the same pipe or terminal; the given one for everything else. */
function openOwn(descriptor: number): number {
  try {
    const stats = fstatSync(descriptor);
    // A file opened again would be written from its start; a socket cannot be opened at all.
    if (!stats.isFIFO() && !stats.isCharacterDevice()) return descriptor;
    return openSync(`/proc/self/fd/${descriptor}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    // Another user's pipe, or no /proc.
    return descriptor;
  }
}

/** Whether all of it was written. */
function writeAll(descriptor: number, text: string, patience: number): boolean {
  const bytes = Buffer.from(text);
  let offset = 0;
  let waited = 0;
  while (offset < bytes.length) {
    try {
      offset += writeSync(descriptor, bytes, offset);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN" || waited >= patience) return false;
      waited += pauseMs;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
    }
  }
  return true;
}
