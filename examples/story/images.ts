import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join, relative } from "node:path";
import type { Database } from "./databases.ts";

/** A version of the image. */
export type Image = "v1" | "v2";

/** The folder that plays the file system of an image's containers. */
export type Images = Readonly<Record<Image, string>>;

const here = import.meta.dirname;

/** `v1/` and `v2/` are the images for Postgres. For another database, makes copies in `folder`, with its own files. */
export function makeImages({ files }: Database, folder: string): Images {
  if (files === undefined) return { v1: join(here, "v1"), v2: join(here, "v2") };
  const images = join(folder, "images");
  mkdirSync(images);
  // The copies find their packages as the originals do.
  for (const name of ["node_modules", "package.json"]) symlinkSync(join(here, "../..", name), join(images, name));
  const makeImage = (image: Image) => {
    const copy = join(images, image);
    cpSync(join(here, image), copy, { recursive: true });
    replaceFiles(copy, join(here, files));
    return copy;
  };
  return { v1: makeImage("v1"), v2: makeImage("v2") };
}

/** Replaces the files that the image has. Version 1 lacks a migration of version 2. */
function replaceFiles(image: string, replacements: string): void {
  for (const file of readdirSync(replacements, { recursive: true, withFileTypes: true })) {
    const source = join(file.parentPath, file.name);
    const target = join(image, relative(replacements, source));
    if (file.isFile() && existsSync(target)) copyFileSync(source, target);
  }
}
