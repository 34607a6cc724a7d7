import type { Row, Session } from "../../../kernel/database.ts";

type Asking = Pick<Session, "query" | "execute" | "literal">;

/** They change by themselves, or belong to one statement. */
const volatile =
  /^(?:error_count|gtid_\w+|identity|in_transaction|insert_id|last_\w+|rand_seed\d|timestamp|warning_count)$/;

/**
 * Remembers the variables and the role of a session. Returns a function that sets back what has changed: a procedure or a
 * prepared statement can change what the text of a migration does not show.
 */
export async function rememberSession(session: Asking): Promise<() => Promise<void>> {
  const before = await readSession(session);
  return async () => {
    const after = await readSession(session);
    // First: the other role may not set all variables.
    if (after.role !== before.role) await session.execute(`SET ROLE ${before.role}`);
    for (const [name, value] of before.variables) {
      if (after.variables.get(name) === value || volatile.test(name)) continue;
      const written = /^-?\d+(?:\.\d+)?$/.test(value) ? value : session.literal(value);
      // Variables of the server, which another session has changed.
      await session.execute(`SET SESSION ${name} = ${written}`).catch(() => {});
    }
    await session.execute("SET SESSION timestamp = DEFAULT");
  };
}

interface RememberedSession {
  readonly variables: ReadonlyMap<string, string>;
  /** As SQL. */
  readonly role: string;
}

async function readSession(session: Pick<Session, "query">): Promise<RememberedSession> {
  const rows = await session.query("SHOW SESSION VARIABLES");
  const [row] = await session.query("SELECT CURRENT_ROLE() AS role");
  return {
    variables: new Map(rows.map((one: Row) => [String(one["Variable_name"]), String(one["Value"])])),
    role: roleOf(row?.["role"]),
  };
}

/** MySQL lists quoted names, or says NONE. MariaDB has one name, or NULL. */
function roleOf(role: unknown): string {
  if (typeof role !== "string") return "NONE";
  return role === "NONE" || role.includes("`") ? role : `\`${role}\``;
}

/** Whether a migration may change its session in ways that its text does not show. */
export const mayHideChanges = (source: string) => /\b(?:CALL|EXECUTE|ROLE)\b/i.test(source);

/** Runs a statement that runs others. Throws if they have left the database, where the lock and the record are. */
export async function keepDatabase<T>(
  { query, execute }: Pick<Session, "query" | "execute">,
  run: () => Promise<T>,
): Promise<T> {
  const current = async () => String((await query("SELECT DATABASE() AS name"))[0]?.["name"]);
  const before = await current();
  const result = await run();
  if ((await current()) === before) return result;
  await execute(`USE \`${before.replaceAll("`", "``")}\``);
  throw new Error(
    "USE inside a migration. Remove it: a migration that is resumed begins in the URL's database. Write the database before each table's name.",
  );
}
