const list = (...lines: readonly string[]): ReadonlySet<string> => new Set(lines.flatMap((line) => line.split(" ")));

/** Labels of a down part: `-- Down`, `-- Backwards`. */
export const downLabels = list("down downs downgrade downgrades backward backwards unmigrate unapply");

/** Labels of a down part that may also be the verb of a sentence: `-- Rollback migration 12`. */
export const downVerbs = list("undo rollback rollbacks revert reverts backout");

/** Down words only if they stand alone or beside a part word: `-- Teardown`, `-- Uninstall script`. */
export const loneDownWords = list("reverse reversal drop destroy teardown uninstall deinstall");

export const upWords = list("up ups upgrade upgrades forward forwards apply deploy setup install");

/** Words for a part of a file, its beginning or end, and names of tools. */
export const partWords = list(
  "migration migrations migrate migrating script scripts sql section part block step steps stage phase region direction",
  "begin begins beginning start starts follows end ends here above below goose dbmate rambler shmig tern micrate sqlx flyway",
  "liquibase atlas knex umzug prisma drizzle sequelize postgrator evolutions play mig migra diesel yoyo",
);

/** Other words that may accompany a direction in a marker. */
export const otherWords = list(
  "statement statements query queries command commands code operation operations change changes schema db database",
  "name tag label type file the this of for to plan instruction instructions manual how now then and again",
  "def function exports",
);

/** The words in lower case, without punctuation. Splits `DownMigration`, and joins `roll back` and `tear down`. */
export function wordsOf(text: string): readonly string[] {
  const apart = text.replaceAll(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
  const joined = apart
    .replaceAll(/\broll(?:ing)?[\s_-]*back\b/g, "rollback")
    .replaceAll(/\bback[\s_-]+out\b/g, "backout")
    .replaceAll(/\btear[\s_-]*down\b/g, "teardown")
    .replaceAll(/\bset[\s_-]*up\b/g, "setup")
    .replaceAll(/\bun-(install|apply|migrate|do)\b/g, "un$1");
  return joined.match(/[\p{L}\p{N}]+/gu) ?? [];
}

export function downWordsOf(text: string): readonly string[] {
  return wordsOf(text).filter((word) => downLabels.has(word) || downVerbs.has(word) || loneDownWords.has(word));
}
