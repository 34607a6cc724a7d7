import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Metafile } from "esbuild";
import { root } from "./paths.ts";

const licenceFile = /^(licen[cs]e|copying|notice)/i;

/** The licence texts of all packages with code in the bundle, sorted by name. */
export async function collectLicences(metafile: Metafile): Promise<string> {
  const texts = await Promise.all(packagesIn(metafile).map(describePackage));
  return `seaworthy contains code from these packages.\n\n${texts.join("\n")}`;
}

/** Packages with bytes in the output. Others were read and dropped, so they are not redistributed. */
function packagesIn(metafile: Metafile): string[] {
  const folders = new Set<string>();
  for (const { inputs } of Object.values(metafile.outputs)) {
    for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
      const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0];
      if (folder && bytesInOutput > 0) folders.add(folder);
    }
  }
  return [...folders].toSorted();
}

type Manifest = Readonly<{ name: string; version: string; license?: string; author?: string | { name: string } }>;

async function describePackage(folder: string): Promise<string> {
  const directory = join(root, folder);
  const { name, version, license, author } = JSON.parse(
    await readFile(join(directory, "package.json"), "utf8"),
  ) as Manifest;
  const files = (await readdir(directory)).filter((file) => licenceFile.test(file)).toSorted();
  if (files.length === 0 && !license) {
    throw new Error(
      `cannot collect licences: ${name} ${version} has neither a licence file nor a "license" in its package.json. ` +
        "Ask its authors, or remove the dependency",
    );
  }
  const texts = await Promise.all(files.map((file) => readFile(join(directory, file), "utf8")));
  if (texts.length === 0) {
    texts.push(
      `By ${typeof author === "object" ? author.name : (author ?? "its authors")}. The package has no licence text.`,
    );
  }
  const title = `${name} ${version} (${license ?? "see below"})`;
  return [`${"=".repeat(title.length)}\n${title}\n${"=".repeat(title.length)}`, ...texts.map((text) => text.trim())]
    .join("\n\n")
    .concat("\n");
}
