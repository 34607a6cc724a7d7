import { join } from "node:path";

/** The two builds of seaworthy from `npm run build`: the bundle for Node, and the self-contained program. */
export const bundlePath = join(import.meta.dirname, "../../dist/seaworthy.cjs");
export const programPath = "/opt/seaworthy/seaworthy";
