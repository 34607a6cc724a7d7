import type { Row, Session } from "../../kernel/database.ts";
import type { Leftover } from "../leftover.ts";
import { excerptOf, isSchemaChange } from "../statement-text.ts";

/**
 * Finds statements that an earlier run's commands left running in a MySQL or MariaDB database. Their sessions have no name,
 * so only statements that change the schema count. Without the PROCESS privilege, only the own user's are visible.
 */
export async function findMysqlLeftovers(session: Pick<Session, "query">): Promise<readonly Leftover[]> {
  const [own] = await session.query("SELECT CONNECTION_ID() AS id, DATABASE() AS name");
  // information_schema.PROCESSLIST is to be removed from MySQL.
  const rows = await session.query("SHOW FULL PROCESSLIST");
  const isLeft = (row: Row) =>
    String(row["Id"]) !== String(own?.["id"]) &&
    row["db"] === own?.["name"] &&
    (row["Command"] === "Query" || row["Command"] === "Execute") &&
    isSchemaChange(String(row["Info"] ?? ""), "mysql");
  return rows.filter(isLeft).map((row) => ({
    description: `connection ${String(row["Id"])} (${String(row["User"])}, for ${String(row["Time"])} s): ${excerptOf(String(row["Info"]), "mysql")}`,
    endSql: `KILL ${String(row["Id"])}`,
  }));
}
