"use strict";
// Usage: node compile-chunks.cjs FILE FOLDER NAME…: compiles chunks of the file that the bundle loads from later, all of their
// functions, and writes what V8 made of each into a file of its own in the folder.
const { readFileSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const { setFlagsFromString } = require("node:v8");
const { Script } = require("node:vm");

const [, , file, folder, ...names] = process.argv;
const later = readFileSync(file);
for (const name of names) {
  const start = later.indexOf(`//${name}\n`);
  const next = /\n\/\/[\w-]+\.js\n/.exec(later.latin1Slice(start + 2));
  // As chunk-loader.ts does it. A text of its own: of a part of another, V8 would keep the whole.
  const text = later.latin1Slice(start, next === null ? later.length : start + 2 + next.index + 1);
  // Part of what V8 compares when it reads the result; but only until then.
  setFlagsFromString("--no-lazy");
  const script = new Script(`(function (exports, require, module, __filename, __dirname) {${text}})`);
  setFlagsFromString("--lazy");
  writeFileSync(join(folder, name), script.createCachedData());
}
