import { resolve } from "node:path";
import { headerSecrets } from "./header-secrets.ts";
import type { Kind, LookContext, PrepareContext } from "./kind.ts";
import { readRangeOfText, type ExtractionSettings } from "./requirement.ts";

interface HttpSettings extends ExtractionSettings {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly ca?: string;
  readonly redirects: number;
}

export const httpKind = {
  componentType: "component",
  endsItself: true,
  secretsOf: ({ headers }: HttpSettings) => headerSecrets(headers),
  async prepare(given: HttpSettings, { key, workingDirectory }: PrepareContext) {
    const { ca } = given;
    const settings = ca === undefined ? given : { ...given, ca: resolve(workingDirectory, ca) };
    const requires = await readRangeOfText(key, settings);
    const openLook = async ({ redact }: LookContext) => {
      const { lookAtHttp } = await import("../looks/look-at-http.ts");
      return () => lookAtHttp({ ...settings, requires, redact }, AbortSignal.timeout(settings.timeoutMs));
    };
    return { kind: "http", settings, openLook } as const;
  },
} as const satisfies Kind<HttpSettings, unknown>;
