import { execFileSync } from "node:child_process";
import { lacking, programs } from "./services.ts";
import { withoutRoot } from "./program.ts";

/** A new network namespace, connected to ours by one cable. */
export interface Network extends Disposable {
  /** Our address on the cable. */
  readonly outside: string;
  /** The namespace's address on the cable. */
  readonly inside: string;
  /** A shell line that moves a container into the namespace (for the option `before`). */
  readonly enter: string;
  /** From now on, packets to the namespace are lost without an error. */
  readonly drop: () => void;
  readonly restore: () => void;
}

/** The reason to skip, or false if networks can be created. CI skips nothing. */
export const withoutNetwork: string | false = withoutRoot === false ? lacking(programs.ip) : withoutRoot;

let made = 0;

export function createNetwork(): Network {
  // Names and addresses must be unique, even for two test runs at the same time.
  const id = ((process.pid * 8 + made++) % 16_384) * 4;
  const prefix = `10.213.${id >> 8}`;
  const [outside, inside] = [`${prefix}.${(id & 255) + 1}`, `${prefix}.${(id & 255) + 2}`];
  const [name, near, far] = [`sw-test-${id}`, `swa${id}`, `swb${id}`];
  const ip = (...parameters: readonly string[]) => execFileSync(programs.ip, parameters, { stdio: "pipe" });
  const ipInside = (...parameters: readonly string[]) => ip("-n", name, ...parameters);
  const remove = () => ip("netns", "del", name);
  ip("netns", "add", name);
  try {
    ip("link", "add", near, "type", "veth", "peer", "name", far, "netns", name);
    ip("addr", "add", `${outside}/30`, "dev", near);
    ip("link", "set", near, "up");
    ipInside("addr", "add", `${inside}/30`, "dev", far);
    ipInside("link", "set", far, "up");
    ipInside("link", "set", "lo", "up");
  } catch (error) {
    remove();
    throw error;
  }
  const hole = ["blackhole", `${inside}/32`] as const;
  let dropping = false;
  const restore = () => {
    if (dropping) ip("route", "del", ...hole);
    dropping = false;
  };
  return {
    outside,
    inside,
    enter: `set -- nsenter --net=/run/netns/${name} "$@"`,
    drop() {
      ip("route", "add", ...hole);
      dropping = true;
    },
    restore,
    [Symbol.dispose]() {
      restore();
      // The cable is removed together with its end inside the namespace.
      remove();
    },
  };
}
