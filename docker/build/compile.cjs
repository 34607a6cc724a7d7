"use strict";
// Usage: node compile.cjs PROGRAM BUNDLE OUTPUT ARGUMENT…: runs the program, made of that bundle, as boot.cjs does, until its
// end. Then it writes what V8 has compiled until then. The command that it starts is none: it ends as soon as all of
// the program's own work at its start is done, so that the same is compiled every time.
const childProcess = require("node:child_process");
const { EventEmitter } = require("node:events");
const { readFileSync, writeFileSync } = require("node:fs");
const { dirname } = require("node:path");
const { Script } = require("node:vm");

const [, , program, bundle, output] = process.argv.splice(0, 5, process.execPath, process.execPath);
const script = new Script(readFileSync(program, "latin1"), { filename: process.execPath });
process.on("exit", () => writeFileSync(output, script.createCachedData()));
childProcess.spawn = () => {
  const child = Object.assign(new EventEmitter(), { pid: process.pid });
  process.nextTick(() => child.emit("exit", 0, null));
  return child;
};
script.runInThisContext()(exports, require, module, bundle, dirname(bundle));
