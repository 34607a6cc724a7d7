import { readScript, type MigrationScript } from "./script.ts";
import type { Dialect } from "./sql/dialect.ts";

interface File {
  readonly name: string;
  readonly path: string;
}

/** Reads migrations, and can read them ahead of time. */
export interface ScriptReader {
  /** Reads files one by one while the program waits for servers. Never fails. */
  readonly readAhead: (files: readonly (File & { readonly dialect: Dialect })[]) => Promise<void>;
  /** Throws a Failure (78) if the file would not run as its author means it. Stops reading ahead. */
  readonly read: (file: File, dialect: Dialect) => MigrationScript;
}

export function createScriptReader(): ScriptReader {
  const scripts = new Map<string, MigrationScript>();
  let asked = false;
  return {
    async readAhead(files) {
      for (const { dialect, ...file } of files) {
        await new Promise((resolve) => setImmediate(resolve));
        if (asked) return;
        try {
          scripts.set(keyOf(file, dialect), readScript(file, dialect));
        } catch {
          // `read` reports the failure if the file is still needed then.
        }
      }
    },
    read(file, dialect) {
      asked = true;
      return scripts.get(keyOf(file, dialect)) ?? readScript(file, dialect);
    },
  };
}

/** Two databases of two engines may share a folder. */
const keyOf = ({ path }: File, dialect: Dialect) => `${JSON.stringify(dialect)} ${path}`;
