"use strict";
// Usage: node compile-chunks.cjs FILE FOLDER CHUNKS: compiles chunks of the file that the bundle loads from later, all of their
// functions, and writes what V8 made of each into a file of its own in the folder. CHUNKS is JSON: [{name, offset, size}, …].
const { readFileSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const { setFlagsFromString } = require("node:v8");
const { Script } = require("node:vm");

const [, , file, folder, chunks] = process.argv;
const later = readFileSync(file);
for (const { name, offset, size } of JSON.parse(chunks)) {
  // As chunk-loader.ts does it.
  const text = later.latin1Slice(offset, offset + size);
  // Part of what V8 compares when it reads the result; but only until then.
  setFlagsFromString("--no-lazy");
  const script = new Script(`(function (exports, require, module, __filename, __dirname) {${text}})`);
  setFlagsFromString("--lazy");
  writeFileSync(join(folder, name), script.createCachedData());
}
