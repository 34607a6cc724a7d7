"use strict";
// The self-contained program starts here. Runs the bundle with the code that the build compiled in advance.
const { dirname } = require("node:path");
const { getRawAsset } = require("node:sea");
const { Script } = require("node:vm");

const source = Buffer.from(getRawAsset("program")).toString("latin1");
const cachedData = Buffer.from(getRawAsset("code"));
const script = new Script(source, { filename: `${process.execPath}.cjs`, cachedData });
if (script.cachedDataRejected) {
  // Warn later: the log settings come from the configuration, which is not read yet.
  setImmediate(() => process.emitWarning("V8 rejected the program's precompiled code"));
}
// For chunks that are loaded later (chunk-loader.ts). Some chunks are not compiled in advance.
module.codeOf = (name) => {
  try {
    return Buffer.from(getRawAsset(name));
  } catch {
    return undefined;
  }
};
script.runInThisContext()(exports, require, module, process.execPath, dirname(process.execPath));
