import { spawnSync } from "node:child_process";
import { constants, openSync } from "node:fs";
import { Socket } from "node:net";

/** Events reported by a measured command: lines with a word and the command's own time in nanoseconds. */
export interface Report {
  /** The FIFO that the command writes to. A supervisor may redirect its children's output, but not this. */
  readonly path: string;
  /** The time in the next line with that word. Earlier lines are dropped. */
  readonly next: (word: string) => Promise<bigint>;
  readonly close: () => void;
}

export function openReport(path: string): Report {
  const { status, stderr } = spawnSync("mkfifo", [path], { encoding: "utf8" });
  if (status !== 0) throw new Error(`cannot create a FIFO: ${stderr}`);
  // Open it for writing as well: otherwise reading ends when the last writer closes it.
  const socket = new Socket({ fd: openSync(path, constants.O_RDWR | constants.O_NONBLOCK), writable: false });
  const lines: string[] = [];
  let rest = "";
  let wake = () => {};
  socket.setEncoding("utf8").on("data", (text: string) => {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts);
    wake();
  });
  return {
    path,
    close: () => socket.destroy(),
    async next(word) {
      for (;;) {
        for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
          const [first, time = "0"] = line.split(" ");
          if (first === word) return BigInt(time);
        }
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}
