import { ExitCode, Failure } from "../../kernel/failure.ts";
import { asSubject } from "../../kernel/subject.ts";
import { keepsLedger, whyNoLedger } from "../../ledger/engines.ts";
import { parseRelease, type VersionScheme } from "../../versions/parse.ts";
import type { CommonSettings, Kind, LookContext, PrepareContext } from "./kind.ts";
import { readRange } from "./requirement.ts";

interface ReleaseSettings extends CommonSettings {
  readonly url: string;
  readonly app?: string;
  /** Default: this image's version or later. */
  readonly requires?: string;
  readonly scheme: VersionScheme;
}

export const releaseKind = {
  componentType: "datastore",
  endsItself: true,
  async prepare(settings: ReleaseSettings, { key, app: own, originOf }: PrepareContext) {
    const { url, scheme } = settings;
    if (!keepsLedger(url)) throw refuseEngine(url, originOf(`${key}.url`));
    const requires = await readRange(key, { requires: settings.requires ?? ownRelease(key, own), scheme }, "app");
    const app = settings.app ?? own.name;
    const openLook = async ({ redact, sessions }: LookContext) => {
      await sessions.loadDriver(url);
      const { lookAtRelease } = await import("../looks/look-at-release.ts");
      const { loadEngine } = await import("../../ledger/engines.ts");
      const { readRelease } = await loadEngine(url);
      return () => lookAtRelease(sessions.any, { url, scheme, app, requires, readRelease, redact });
    };
    return { kind: "release", settings, app, openLook } as const;
  },
} as const satisfies Kind<ReleaseSettings, unknown>;

function refuseEngine(url: string, origin: string): Failure {
  const fix = "Write the URL of the database that records the release, or leave it out if that is upgrade.ledger";
  return new Failure(ExitCode.configuration, `${asSubject(origin)} ${whyNoLedger(url)}. ${fix}.`);
}

function ownRelease(key: string, { version }: PrepareContext["app"]): string {
  if (version === undefined) {
    const fix = "Set one of them, or APP_VERSION";
    throw new Failure(
      ExitCode.configuration,
      `${key}.requires is missing, and app.version, its default, is missing too. ${fix}.`,
    );
  }
  if (parseRelease(version) === undefined) {
    const received = JSON.stringify(version);
    throw new Failure(
      ExitCode.configuration,
      `app.version: expected a version, as in 2.3.0, received ${received}. Set it, or ${key}.requires.`,
    );
  }
  return `>=${version}`;
}
