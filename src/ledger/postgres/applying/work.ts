import type { Row, Session } from "../../../kernel/database.ts";
import type { ServerSettings } from "../settings.ts";
import { blockerColumns, blockerJoin, describeBlocker, isWork } from "./blockers.ts";

/** https://www.postgresql.org/docs/current/progress-reporting.html: what is done and what there is to do, in one unit. */
const progressViews = [
  { view: "create_index", done: "blocks_done", total: "blocks_total" },
  { view: "cluster", done: "heap_blks_scanned", total: "heap_blks_total" },
] as const;
const copyView = { view: "copy", done: "bytes_processed", total: "bytes_total" } as const;

/**
 * What the session that applies a migration does now: whom it waits for, or how far it is. Undefined if the server does not know.
 * @param session another one, which is idle
 */
export async function describeWork(
  session: Session,
  { name, canCheckConnection }: Pick<ServerSettings, "name" | "canCheckConnection">,
): Promise<string | undefined> {
  // An unknown view would abort the transaction that the lock's session is in. This one came with Postgres 14, as that setting.
  const views = [...progressViews, ...(canCheckConnection ? [copyView] : [])];
  const work = `pg_catalog.pg_stat_activity AS work`;
  const blockers = await session.query(`SELECT pg_catalog.pg_stat_clear_snapshot();
    SELECT ${blockerColumns} FROM ${work} ${blockerJoin} WHERE ${isWork(session, name)} LIMIT 1`);
  const [blocker] = blockers;
  if (blocker !== undefined) return `waits for ${describeBlocker(blocker)}`;
  const asked = views.map(
    ({
      view,
      done,
      total,
    }) => `SELECT ${view === "copy" ? "'copying'" : "p.phase"} AS phase, p.${done} AS done, p.${total} AS total
      FROM pg_catalog.pg_stat_progress_${view} AS p JOIN ${work} ON work.pid = p.pid WHERE ${isWork(session, name)}`,
  );
  const [progress] = await session.query(asked.join(" UNION ALL "));
  return progress === undefined ? undefined : describeProgress(progress);
}

function describeProgress({ phase, done, total }: Row): string {
  const share = Number(total) > 0 ? `, ${Math.floor((100 * Number(done)) / Number(total))} %` : "";
  return `${String(phase)}${share}`;
}
