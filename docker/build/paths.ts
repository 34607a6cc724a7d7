import { join } from "node:path";

/** Where the build reads and writes, and where its result lives in an image. */
export const root = join(import.meta.dirname, "../..");
export const entryFile = join(root, "entrypoint/main.ts");
export const bundleFile = join(root, "dist/seaworthy.cjs");
export const licencesName = "THIRD-PARTY-LICENSES.txt";
/** What is loaded after the app's start, or by other modes: beside the bundle, or beside the program. */
export const laterName = "seaworthy-later.js";
/** The SQL parser of the migration linter, which looks for it in the same place. */
export const parserName = "libpg-query.wasm";
export const programDirectory = join(root, "dist/opt/seaworthy");
export const programName = "seaworthy";

/** The loader's path and the library path are absolute inside the program, so it runs from this folder only. */
export const installedDirectory = "/opt/seaworthy";
