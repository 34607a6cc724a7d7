import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** The parts of an app's image that seaworthy reads: a working directory with a configuration and migrations. */
export interface Image {
  readonly folder: string;
  readonly write: (path: string, content: string | Buffer) => void;
  /** Writes an executable file. */
  readonly writeProgram: (path: string, content: string) => void;
  readonly remove: (path: string) => void;
}

/** All images of this test file have this prefix, and nothing else has it. */
export const imagePrefix = join(tmpdir(), `seaworthy-image-${process.pid}-`);

export type ImageFiles = Readonly<Record<string, string | Buffer>>;

export function createImage(files: ImageFiles): Image {
  const folder = mkdtempSync(imagePrefix);
  const write: Image["write"] = (path, content) => {
    const target = join(folder, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
  };
  for (const [path, content] of Object.entries(files)) write(path, content);
  return {
    folder,
    write,
    writeProgram(path, content) {
      write(path, content);
      chmodSync(join(folder, path), 0o755);
    },
    remove: (path) => rmSync(join(folder, path), { recursive: true }),
  };
}

/** A configuration as JSON, which is YAML too. */
export function configuration(settings: object): ImageFiles {
  return { "seaworthy.yaml": JSON.stringify(settings, null, 2) };
}
