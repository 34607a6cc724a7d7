import { join } from "node:path";

/** Paths that the build reads and writes, and the program's place in an image. */
export const root = join(import.meta.dirname, "../..");
export const entryFile = join(root, "entrypoint/main.ts");
export const bundleFile = join(root, "dist/seaworthy.cjs");
export const licencesName = "THIRD-PARTY-LICENSES.txt";
/** Holds code that is loaded after the app's start, or by other modes. It is next to the bundle or the program. */
export const laterName = "seaworthy-later.js";
/** The migration linter's SQL parser. It is in the same folder. */
export const parserName = "libpg-query.wasm";
export const programDirectory = join(root, "dist/opt/seaworthy");
export const programName = "seaworthy";

/** The loader's path and the library path are absolute inside the program, so it runs from this folder only. */
export const installedDirectory = "/opt/seaworthy";
