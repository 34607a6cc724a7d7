import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { examples, type Release } from "../containers/shop.ts";
import { scratchPath } from "../harness/scratch.ts";

/** A copy of `examples/kubernetes`, with its image filled in. */
export interface Example {
  readonly folder: string;
  /** Another copy, for `kubectl apply -f .` of a version. `changes` replace further text. Each text must be there. */
  readonly fillIn: (version: Release, changes?: Changes) => string;
}

/** From a text in the example's files to its replacement. */
export type Changes = Readonly<Record<string, string>>;

const exampleImage = "images.example.com/shop";
const exampleVersion = "2.3.0";
const dashed = (version: string) => version.replaceAll(".", "-");

/** The name of the Job that upgrades to a version. */
export const jobOf = (version: string) => `shop-upgrade-${dashed(version)}`;

/** `image`: its name without a version. The name must end with `/shop`: deploy.sh replaces the version after it. */
export function copyExample(image: string): Example {
  const folder = copy(join(examples, "kubernetes"), { [exampleImage]: image });
  return {
    folder,
    fillIn(version, changes = {}) {
      const ours = { [`shop:${exampleVersion}`]: `shop:${version}`, [jobOf(exampleVersion)]: jobOf(version) };
      return copy(folder, { ...ours, ...changes });
    },
  };
}

function copy(from: string, changes: Changes): string {
  const folder = scratchPath("kubernetes");
  cpSync(from, folder, { recursive: true });
  const paths = readdirSync(folder)
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => join(folder, name));
  for (const [text, replacement] of Object.entries(changes)) {
    const having = paths.filter((path) => readFileSync(path, "utf8").includes(text));
    if (having.length === 0) throw new Error(`examples/kubernetes has no "${text}" to replace`);
    for (const path of having) writeFileSync(path, readFileSync(path, "utf8").replaceAll(text, replacement));
  }
  return folder;
}
