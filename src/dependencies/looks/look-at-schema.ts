import type { LookSession } from "../../kernel/database.ts";
import type { Observation } from "../../kernel/observation.ts";
import type { HistoryState } from "../../ledger/history.ts";
import { compareVersions } from "../../versions/compare.ts";
import { parseRelease } from "../../versions/parse.ts";
import { describeMissing } from "./describe-missing.ts";
import { lookAtDatabase, type OpenSession } from "./look-at-database.ts";

export interface SchemaDependency {
  readonly url: string;
  readonly appVersion: string | undefined;
  /** The names of the image's expand migrations, in order. */
  readonly wanted: readonly string[];
  readonly readHistory: (session: LookSession) => Promise<HistoryState>;
}

/**
 * Compatible if every expand migration of the image is applied, and no contract migration requires a newer app. The
 * database may have more migrations than the image.
 */
export function lookAtSchema(open: OpenSession<LookSession>, dependency: SchemaDependency): Promise<Observation> {
  const { url, wanted } = dependency;
  return lookAtDatabase(open, { url, needed: neededOf(wanted) }, async (session) =>
    judge(await dependency.readHistory(session), dependency),
  );
}

function judge(
  { missing, latest, unfinished, floors, upgrading }: HistoryState,
  { wanted, appVersion }: SchemaDependency,
): Observation {
  const versions = { needed: neededOf(wanted), found: latest ?? "nothing" };
  const floor = floors.find((candidate) => isAbove(candidate, appVersion));
  if (floor !== undefined) {
    const reason = `this app has version ${appVersion}, but a contract migration requires ${floor} or newer. Deploy a newer image.`;
    return { verdict: "outgrown", ...versions, reason };
  }
  if (missing.length === 0) return { verdict: "compatible", ...versions };
  if (upgrading)
    return {
      verdict: "upgrading",
      ...versions,
      pending: missing,
      reason: `an upgrade is running; ${describeMissing(missing)}.`,
    };
  if (unfinished !== undefined && missing.includes(unfinished)) {
    const reason = `the migration ${unfinished} is unfinished. Run this image once with --upgrade, which finishes it.`;
    return { verdict: "dirty", ...versions, pending: missing, reason };
  }
  return {
    verdict: "behind",
    ...versions,
    pending: missing,
    reason: `${describeMissing(missing)}. Run this image once with --upgrade.`,
  };
}

function neededOf(wanted: readonly string[]): string {
  return wanted.at(-1) ?? "nothing";
}

/** False if one of the versions cannot be parsed: a floor then excludes no app. */
function isAbove(floor: string, appVersion: string | undefined): boolean {
  const [bound, version] = [parseRelease(floor), parseRelease(appVersion ?? "")];
  return bound !== undefined && version !== undefined && compareVersions(bound, version) > 0;
}
