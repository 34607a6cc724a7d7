"use strict";
// What the self-contained program runs first: the bundle, with the code that was compiled when it was built.
const { dirname } = require("node:path");
const { getRawAsset } = require("node:sea");
const { Script } = require("node:vm");

const source = Buffer.from(getRawAsset("program")).toString("latin1");
const cachedData = Buffer.from(getRawAsset("code"));
const script = new Script(source, { filename: `${process.execPath}.cjs`, cachedData });
script.runInThisContext()(exports, require, module, process.execPath, dirname(process.execPath));
