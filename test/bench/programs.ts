import { join } from "node:path";

/** seaworthy in the two forms that `npm run build` makes: for Node to run, and to run by itself. */
export const bundlePath = join(import.meta.dirname, "../../dist/seaworthy.cjs");
export const programPath = "/opt/seaworthy/seaworthy";
