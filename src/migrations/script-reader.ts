import { readScript, type MigrationScript } from "./script.ts";

interface File {
  readonly name: string;
  readonly path: string;
}

/** Reads migrations, and can read them ahead of time. */
export interface ScriptReader {
  /** Reads files one by one while the program waits for servers. Never fails. */
  readonly readAhead: (files: readonly File[]) => Promise<void>;
  /** Throws a Failure (78) if the file would not run as its author means it. Stops reading ahead. */
  readonly read: (file: File) => MigrationScript;
}

export function createScriptReader(): ScriptReader {
  const scripts = new Map<string, MigrationScript>();
  let asked = false;
  return {
    async readAhead(files) {
      for (const file of files) {
        await new Promise((resolve) => setImmediate(resolve));
        if (asked) return;
        try {
          scripts.set(file.path, readScript(file));
        } catch {
          // `read` reports the failure if the file is still needed then.
        }
      }
    },
    read(file) {
      asked = true;
      return scripts.get(file.path) ?? readScript(file);
    },
  };
}
