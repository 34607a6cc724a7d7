import type { LookSession } from "../../kernel/database.ts";
import type { Observation } from "../../kernel/observation.ts";
import { parseRelease } from "../../versions/parse.ts";
import { judgeVersion, type Requirement } from "./judge-version.ts";
import { lookAtDatabase, type OpenSession } from "./look-at-database.ts";

export interface ReleaseDependency extends Requirement {
  readonly url: string;
  readonly app: string;
  readonly readRelease: (session: LookSession, app: string) => Promise<string | undefined>;
}

/** Compatible if the version recorded by the last successful upgrade is in the range. */
export function lookAtRelease(open: OpenSession<LookSession>, dependency: ReleaseDependency): Promise<Observation> {
  const { app, readRelease, requires, url } = dependency;
  const fix = `Run ${app}'s image of that version once with --upgrade.`;
  return lookAtDatabase(open, { url, needed: requires.text }, async (session) => {
    const found = await readRelease(session, app);
    if (found !== undefined)
      return judgeVersion(found, dependency, { name: `the recorded release of ${app}`, fix, parse: parseRelease });
    const reason = `no release of ${app} is recorded, but ${requires.text} is needed. ${fix}`;
    return { verdict: "behind", needed: requires.text, found: "nothing", reason };
  });
}
