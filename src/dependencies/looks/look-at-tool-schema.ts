import type { ToolState } from "../../kernel/tool-state.ts";
import { Failure } from "../../kernel/failure.ts";
import type { Observation } from "../../kernel/observation.ts";
import type { LookSession } from "../../kernel/database.ts";
import { lookAtDatabase, type OpenSession } from "./look-at-database.ts";
import { describeMissing } from "./describe-missing.ts";

export interface ToolSchemaDependency {
  readonly url: string;
  /** Another migration tool's history, and the image's migrations for it (histories/choose-tool.ts). */
  readonly history: { readonly read: (session: LookSession) => Promise<ToolState> };
  /** A sentence: how to run the missing migrations. */
  readonly fix: string;
}

/** Compatible if the tool has applied every migration of the image. The database may have more. */
export function lookAtToolSchema(
  open: OpenSession<LookSession>,
  { url, history, fix }: ToolSchemaDependency,
): Promise<Observation> {
  return lookAtDatabase(open, { url }, async (session) => {
    try {
      return judge(await history.read(session), fix);
    } catch (error) {
      // Several tools match: the user must choose.
      if (error instanceof Failure) return { verdict: "unreadable", reason: error.message };
      throw error;
    }
  });
}

function judge({ missing, needed, latest, dirty, upgrading, hint }: ToolState, fix: string): Observation {
  const versions = { needed, found: latest ?? "nothing" };
  if (dirty !== undefined) return { verdict: "dirty", ...versions, pending: missing, reason: dirty };
  if (missing.length === 0) return { verdict: "compatible", ...versions };
  const what = describeMissing(missing);
  if (upgrading !== undefined)
    return { verdict: "upgrading", ...versions, pending: missing, reason: `${upgrading}; ${what}.` };
  return {
    verdict: "behind",
    ...versions,
    pending: missing,
    reason: [`${what}. ${fix}`, hint].filter(Boolean).join(" "),
  };
}
