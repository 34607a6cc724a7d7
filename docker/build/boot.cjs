"use strict";
// What the self-contained program runs first: the bundle, with the code that was compiled when it was built.
const { dirname } = require("node:path");
const { getRawAsset } = require("node:sea");
const { Script } = require("node:vm");

const source = Buffer.from(getRawAsset("program")).toString("latin1");
const cachedData = Buffer.from(getRawAsset("code"));
const script = new Script(source, { filename: `${process.execPath}.cjs`, cachedData });
if (script.cachedDataRejected) {
  // When the configuration is read, which says what is logged.
  setImmediate(() => process.emitWarning("the compiled code of the program does not fit"));
}
// For what it loads later (chunk-loader.ts); not everything of it is compiled in advance.
module.codeOf = (name) => {
  try {
    return Buffer.from(getRawAsset(name));
  } catch {
    return undefined;
  }
};
script.runInThisContext()(exports, require, module, process.execPath, dirname(process.execPath));
