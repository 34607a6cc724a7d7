"use strict";
// Usage: node compile-chunks.cjs FILE FOLDER CHUNKS
// Compiles all functions of the given chunks in FILE, and writes V8's code for each chunk into a file in FOLDER.
// CHUNKS is JSON: [{name, offset, size}, …].
const { readFileSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const { setFlagsFromString } = require("node:v8");
const { Script } = require("node:vm");

const [, , file, folder, chunks] = process.argv;
const later = readFileSync(file);
for (const { name, offset, size } of JSON.parse(chunks)) {
  // Read it the same way as chunk-loader.ts.
  const text = later.latin1Slice(offset, offset + size);
  // V8 compares its flags when it reads the result. Reset this one before the result is written.
  setFlagsFromString("--no-lazy");
  const script = new Script(`(function (exports, require, module, __filename, __dirname) {${text}})`);
  setFlagsFromString("--lazy");
  writeFileSync(join(folder, name), script.createCachedData());
}
