import { readFileSync } from "node:fs";

/** Whether the process has a handler for this signal. SigCgt (proc(5)) has a bit per signal, the lowest for signal 1. */
export function catches(pid: number, signal: number): boolean {
  const [, mask = "0"] = /^SigCgt:\s*(\w+)$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1")) ?? [];
  return (BigInt(`0x${mask}`) & (1n << BigInt(signal - 1))) !== 0n;
}
