import { spawnSync } from "node:child_process";
import { constants, openSync } from "node:fs";
import { Socket } from "node:net";

/** What a measured command tells us: lines of a word and a time in nanoseconds, taken by the command itself. */
export interface Report {
  /** The FIFO to write to: it reaches us whatever a supervisor does with its children's output. */
  readonly path: string;
  /** The time in the next line of that word. Lines before it are dropped. */
  readonly next: (word: string) => Promise<bigint>;
  readonly close: () => void;
}

export function openReport(path: string): Report {
  const { status, stderr } = spawnSync("mkfifo", [path], { encoding: "utf8" });
  if (status !== 0) throw new Error(`cannot make a FIFO: ${stderr}`);
  // Open for writing as well: else each writer that closes it would end it for us.
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
