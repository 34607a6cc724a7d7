import { readFileSync } from "node:fs";
import { signalNumber, type SignalName } from "../../kernel/signals.ts";

type Mask = "Blk" | "Ign" | "Cgt";

/**
 * Whether the process runs and does not ignore this signal. False without /proc, and for a process that has just ended:
 * nobody would report its end again.
 */
export function heedsSignal(pid: number, name: SignalName): boolean {
  const masks = readMasks(pid);
  return masks.size > 0 && !hasBit(masks, "Ign", name);
}

/** Whether the process neither handles, ignores nor blocks this signal. False without /proc, or after its end. */
export function leavesToDefault(pid: number, name: SignalName): boolean {
  const masks = readMasks(pid);
  return masks.size > 0 && !(["Blk", "Ign", "Cgt"] as const).some((mask) => hasBit(masks, mask, name));
}

/** proc(5): SigBlk, SigIgn and SigCgt have one bit per signal, the lowest for signal 1. */
function readMasks(pid: number): ReadonlyMap<string, bigint> {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "latin1");
    // A zombie handles and ignores nothing.
    if (/^State:\s*[ZX]/m.test(status)) return new Map();
    const lines = status.matchAll(/^Sig(Blk|Ign|Cgt):\s*([\da-f]+)$/gm);
    return new Map(Array.from(lines, ([, name = "", mask]) => [name, BigInt(`0x${mask}`)]));
  } catch {
    return new Map();
  }
}

function hasBit(masks: ReadonlyMap<string, bigint>, mask: Mask, name: SignalName): boolean {
  return ((masks.get(mask) ?? 0n) & (1n << BigInt(signalNumber(name) - 1))) !== 0n;
}
