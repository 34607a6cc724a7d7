import type { Session } from "../../../kernel/database.ts";
import type { MysqlDialect } from "../../../migrations/sql/dialect.ts";
import { settingsOf } from "../../../migrations/sql/mysql/setting.ts";
import type { Statement } from "../../../migrations/sql/statement.ts";

const encodings = ["character_set_client", "character_set_results", "collation_connection"];

/**
 * Remembers the variables of the session that a migration sets, and returns a function that sets them back: they must not
 * reach the next migration. MySQL has no RESET that keeps the upgrade lock.
 */
export async function saveSettings(
  session: Pick<Session, "execute">,
  statements: readonly Statement[],
  dialect: MysqlDialect,
): Promise<() => Promise<void>> {
  const names = new Set(
    statements
      // A SET may name a scope for each variable. What it sets for all sessions is also saved, which changes nothing.
      .filter(({ words: [first] }) => first === "SET")
      .flatMap(({ sql }) => settingsOf(sql, dialect))
      .flatMap(({ name }) => (name === "names" ? encodings : [name]))
      .filter((name) => /^[a-z]\w*$/.test(name) && name !== "transaction"),
  );
  const saved: string[] = [];
  for (const name of names) {
    // A wrong name fails in its own statement.
    await session.execute(`SET @seaworthy_${name} = @@SESSION.${name}`).then(
      () => saved.push(name),
      () => {},
    );
  }
  return async () => {
    for (const name of saved) {
      // A saved time would stand still.
      const value = name === "timestamp" ? "DEFAULT" : `@seaworthy_${name}`;
      await session.execute(`SET SESSION ${name} = ${value}`).catch(() => {});
    }
  };
}
