import type { Session } from "../kernel/database.ts";
import type { Observation } from "../kernel/observation.ts";
import { lookAtDatabase, type OpenSession } from "./look.ts";

export interface SchemaDependency {
  readonly url: string;
  /** The names of the image's migrations, in order. */
  readonly wanted: readonly string[];
  readonly history: {
    readonly read: (session: Session, wanted: readonly string[]) => Promise<HistoryState>;
  };
}

interface HistoryState {
  readonly missing: readonly string[];
  readonly latest: string | undefined;
}

/** How many names a message lists before it only counts. */
const namesShown = 10;

/** Compatible when every migration of the image is applied. More than that means that the database is ahead: fine. */
export function lookAtSchema(open: OpenSession, { url, wanted, history }: SchemaDependency): Promise<Observation> {
  return lookAtDatabase(open, url, async (session) => {
    const { missing, latest } = await history.read(session, wanted);
    const versions = { needed: wanted.at(-1) ?? "nothing", found: latest ?? "nothing" };
    if (missing.length === 0) return { verdict: "compatible", ...versions };
    return { verdict: "behind", ...versions, pending: missing, reason: reasonFor(missing) };
  });
}

function reasonFor(missing: readonly string[]): string {
  const more = missing.length > namesShown ? ` and ${missing.length - namesShown} more` : "";
  const names = missing.slice(0, namesShown).join(", ");
  const count = missing.length === 1 ? "1 migration is" : `${missing.length} migrations are`;
  return `${count} not applied: ${names}${more}. Run this image once with --upgrade.`;
}
