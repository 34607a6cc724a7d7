import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Of this machine's programs these, with their libraries, and nothing else. */
const programs = ["sh", "ls", "cat", "env", "umount", "tini", "grep", "readlink"] as const;

/** A root file system in which a shell can look around. */
export interface TinyRoot extends Disposable {
  readonly folder: string;
}

export function createTinyRoot(): TinyRoot {
  const folder = mkdtempSync(join(tmpdir(), "seaworthy-root-"));
  const put = (path: string, target = path) => {
    mkdirSync(dirname(join(folder, target)), { recursive: true });
    if (!existsSync(join(folder, target))) copyFileSync(realpathSync(path), join(folder, target));
  };
  for (const directory of ["proc", "sys", "dev", "etc", "root", "usr/local/bin", "tmp"])
    mkdirSync(join(folder, directory), { recursive: true });
  writeFileSync(join(folder, "etc/hosts"), "127.0.0.1 localhost\n");
  // Node is mounted, its libraries are not.
  for (const library of librariesOf(execFileSync("node", ["--print", "process.execPath"], { encoding: "utf8" }).trim()))
    put(library);
  for (const name of programs) {
    const path = `/usr/bin/${name}`;
    put(path);
    for (const library of librariesOf(path)) put(library);
  }
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

function librariesOf(program: string): readonly string[] {
  const listed = execFileSync("/usr/bin/ldd", [program], { encoding: "utf8" });
  return [...listed.matchAll(/(\/\S+) \(0x/g)].map(([, path]) => path ?? "");
}
