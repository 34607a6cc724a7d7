import { constants, fstatSync, openSync, writeSync } from "node:fs";

/** Writes whole lines. Never throws, and waits for a slow reader at most `patienceMs`. */
export type LineSink = (line: string) => void;

/** How long to wait, once, for a slow reader. */
const patienceMs = 100;
const pauseMs = 5;

/**
 * Writes lines to a descriptor that seaworthy shares with the app. A pipe with a stuck reader would block PID 1 in the
 * middle of a write: no signals, no health, no exit. O_NONBLOCK on the shared descriptor would break the app's writes,
 * so seaworthy opens the pipe again. It counts the lost lines, and writes the count when there is room again.
 */
export function createLineSink(descriptor: number): LineSink {
  let target: number | undefined;
  let lost = 0;
  return (line) => {
    target ??= openOwn(descriptor);
    const notice = lost > 0 ? `seaworthy: ${lost} lines of this log were lost: its reader was not reading\n` : "";
    // Waits for a stuck reader only once, not at every line.
    if (writeAll(target, notice + line, lost > 0 ? 0 : patienceMs)) lost = 0;
    else lost++;
  };
}

/** seaworthy's own descriptor for the same pipe or terminal; the given descriptor for everything else. */
function openOwn(descriptor: number): number {
  try {
    const stats = fstatSync(descriptor);
    // Opening a file again would overwrite its start; a socket cannot be opened.
    if (!stats.isFIFO() && !stats.isCharacterDevice()) return descriptor;
    return openSync(`/proc/self/fd/${descriptor}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    // Another user's pipe, or no /proc.
    return descriptor;
  }
}

/** Returns whether the whole text was written. */
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
