import { readScript, type MigrationScript } from "./script.ts";

interface File {
  readonly name: string;
  readonly path: string;
}

/** Reads migrations, some of them before they are asked for. */
export interface ScriptReader {
  /** Reads them one by one in between, while servers are waited for. Nothing fails here. */
  readonly readAhead: (files: readonly File[]) => Promise<void>;
  /** Throws a Failure (78) for one that could not be run as it is meant. Ends the reading ahead. */
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
          // Told by `read`, if it is still wanted then.
        }
      }
    },
    read(file) {
      asked = true;
      return scripts.get(file.path) ?? readScript(file);
    },
  };
}
