import { setTimeout as sleep } from "node:timers/promises";
import type { Image, Images } from "./images.ts";
import { startInstance, type Instance } from "./instance.ts";
import { findPort } from "./ports.ts";
import { keepVigil, type Vigil } from "./vigil.ts";

export interface StageOptions {
  readonly images: Images;
  readonly databaseUrl: string;
  /** Where the instances keep their temporary files. */
  readonly folder: string;
  /** Aborted if the story should end early. */
  readonly signal: AbortSignal;
}

/** The instances of both images, on one database. */
export interface Stage {
  readonly signal: AbortSignal;
  /** Starts an image: its app if there are no arguments, otherwise a mode such as `--upgrade`. */
  readonly start: (image: Image, argv?: readonly string[], onLine?: (line: string) => void) => Promise<Instance>;
  /** The instance of this image that was started last with these arguments. */
  readonly last: (image: Image, argv?: readonly string[]) => Instance;
  /** From now on, keeps sending requests to this instance. */
  readonly watch: (instance: Instance) => void;
  readonly endWatch: Vigil["end"];
  readonly instances: () => readonly Instance[];
  /** Stops all instances at the same time. */
  readonly clear: () => Promise<void>;
}

/** How long an instance may take to stop before it is killed. */
const graceMs = 5000;

export function openStage({ images, databaseUrl, folder, signal }: StageOptions): Stage {
  const instances: Instance[] = [];
  let vigil: Vigil | undefined;
  return {
    signal,
    instances: () => instances,
    async start(image, argv = [], onLine = () => {}) {
      const [appPort, healthPort] = [await findPort(), await findPort()];
      signal.throwIfAborted();
      const settings = { argv, databaseUrl, appPort, healthPort, folder, onLine };
      const instance = startInstance({ image, imageFolder: images[image], ...settings });
      instances.push(instance);
      return instance;
    },
    last(image, argv = []) {
      const same = (one: Instance) => one.image === image && one.argv.join(" ") === argv.join(" ");
      const found = instances.findLast(same);
      if (found === undefined) throw new Error(`${[image, ...argv].join(" ")} was not started`);
      return found;
    },
    watch(instance) {
      vigil = keepVigil([instance.healthUrl, instance.appUrl], signal);
    },
    async endWatch() {
      return (await vigil?.end()) ?? { good: 0, bad: [] };
    },
    async clear() {
      await vigil?.end();
      await Promise.all(instances.map(stop));
    },
  };
}

async function stop(instance: Instance): Promise<void> {
  if (instance.endedAt() !== undefined) return;
  instance.signal("SIGTERM");
  await Promise.race([instance.ended, sleep(graceMs, undefined, { ref: false })]);
  instance.kill();
  await instance.ended;
}
