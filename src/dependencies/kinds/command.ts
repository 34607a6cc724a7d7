import type { Kind, LookContext, PrepareContext } from "./kind.ts";
import { readRangeOfText, type ExtractionSettings } from "./requirement.ts";

interface CommandSettings extends ExtractionSettings {
  readonly command: readonly string[];
}

export const commandKind = {
  componentType: "system",
  endsItself: true,
  async prepare(settings: CommandSettings, { key }: PrepareContext) {
    const requires = await readRangeOfText(key, settings);
    const openLook = async (context: LookContext) => {
      const { lookAtCommand } = await import("../looks/look-at-command.ts");
      return () => lookAtCommand({ ...context, ...settings, requires }, AbortSignal.timeout(settings.timeoutMs));
    };
    return { kind: "command", settings, openLook } as const;
  },
} as const satisfies Kind<CommandSettings, unknown>;
