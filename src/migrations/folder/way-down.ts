import { refuseFile } from "./refusal.ts";
import type { Entry } from "./listing.ts";

/**
 * `NAME.down.sql` (golang-migrate, sqlx), `NAME.rollback.sql` (yoyo), `001.undo.NAME.sql` (Postgrator), Flyway's
 * `U1__NAME.sql`, and `down.sql` alone.
 */
const downName =
  /^(?:.*\.)?(?:down|undo|rollback|revert|downgrade)\.(?:sql|[cm]?js)$|^\d+\.undo\..*\.(?:sql|[cm]?js)$/i;
const undoOfFlyway = /^U[\d._]+__.*\.sql$/;
/** `0004_topic.down.sh`, `0004_topic.down` */
const downProgram = /^\d+[-_. ].*\.(?:down|undo|rollback|revert|downgrade)(?:\.[a-z]\w*)?$/i;

/** `NAME-down.sql` (db-migrate). A name may also end like this: `007_slow_down.sql`. */
const suffixed = /^(.+)[-_](down|undo|rollback|revert)(\.(?:sql|sh|bash|py|rb|pl|php)|)$/i;

/**
 * Whether a file is a down migration, which is never run. Throws a Failure (78) if only its own name suggests so, as
 * for `1_a_down.sql` beside `1_a.sql`.
 */
export function goesDown({ name, path }: Entry, names: ReadonlySet<string>): boolean {
  if (downName.test(name) || undoOfFlyway.test(name) || downProgram.test(name)) return true;
  const [, stem = "", word = "", ending = ""] = suffixed.exec(name) ?? [];
  if (stem === "") return false;
  const has = (other: string) => names.has(other.toLowerCase());
  if (word.toLowerCase() === "down" && (has(`${stem}-up${ending}`) || has(`${stem}_up${ending}`))) return true;
  if (!has(`${stem}${ending}`)) return false;
  const cause = `it looks like the down migration of ${stem}${ending}, and would be run`;
  return refuseFile(
    path,
    cause,
    `Name it ${stem}.down${ending}; if it is a migration of its own, give it another name`,
  );
}
