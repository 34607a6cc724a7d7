import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";

/**
 * Kills PID 1 of a Pod's container, as the kernel does when memory is short. Needs the node's processes (`hostPID`):
 * inside of a container, PID 1 cannot be killed.
 */
const [pod] = process.argv.slice(2);
const found = readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && isTarget(pid));
if (found.length !== 1) {
  console.error(`found ${found.length} processes for the Pod ${pod}, not 1`);
  process.exit(1);
}
process.kill(Number(found[0]), "SIGKILL");
console.log(`killed ${found[0]}`);

function isTarget(pid: string): boolean {
  try {
    const environment = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
    if (!environment.includes(`HOSTNAME=${pod}`)) return false;
    const [, inside] = /^NSpid:.*\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    // The upgrade's command has children. The pause container has no such program.
    return inside === "1" && basename(readlinkSync(`/proc/${pid}/exe`)) === "seaworthy";
  } catch {
    // The process has ended.
    return false;
  }
}
