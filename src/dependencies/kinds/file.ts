import { resolve } from "node:path";
import type { Kind, LookContext, PrepareContext } from "./kind.ts";
import { readRangeOfText, type ExtractionSettings } from "./requirement.ts";

interface FileSettings extends ExtractionSettings {
  readonly path: string;
}

export const fileKind = {
  componentType: "system",
  // A read from a dead network drive cannot be aborted.
  endsItself: false,
  async prepare(given: FileSettings, { key, workingDirectory }: PrepareContext) {
    const settings = { ...given, path: resolve(workingDirectory, given.path) };
    const requires = await readRangeOfText(key, settings);
    const openLook = async ({ redact }: LookContext) => {
      const { lookAtFile } = await import("../looks/look-at-file.ts");
      return () => lookAtFile({ ...settings, requires, redact });
    };
    return { kind: "file", settings, openLook } as const;
  },
} as const satisfies Kind<FileSettings, unknown>;
