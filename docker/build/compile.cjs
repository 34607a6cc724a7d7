"use strict";
// Usage: node compile.cjs PROGRAM BUNDLE OUTPUT ARGUMENT…
// Runs PROGRAM, which was made from BUNDLE, as boot.cjs does, until it starts its first command or ends. Then writes the
// code that V8 has compiled so far to OUTPUT.
const childProcess = require("node:child_process");
const { readFileSync, writeFileSync } = require("node:fs");
const { dirname } = require("node:path");
const { Script } = require("node:vm");

const [, , program, bundle, output] = process.argv.splice(0, 5, process.execPath, process.execPath);
const script = new Script(readFileSync(program, "latin1"), { filename: "/opt/seaworthy/seaworthy.cjs" });
process.on("exit", () => writeFileSync(output, script.createCachedData()));
const { spawn } = childProcess;
childProcess.spawn = (...parameters) => {
  spawn(...parameters);
  process.exit();
};
script.runInThisContext()(exports, require, module, bundle, dirname(bundle));
