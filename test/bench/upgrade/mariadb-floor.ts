import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { lockName } from "../../../src/ledger/mysql/lock-name.ts";
import { createTables } from "../../../src/ledger/mysql/tables/create.ts";
import { recordsOf } from "../../../src/ledger/mysql/tables/records.ts";
import { checksumOf } from "../../../src/migrations/script.ts";
import { hashOfStatement, splitStatements } from "../../../src/migrations/sql/statements.ts";
import { createRecorder } from "./recorder.ts";
import type { Migration, Runner } from "./runner.ts";

export const recordingFloorName = "recording floor";

const table = "seaworthy.migrations";
const dialect = { engine: "mysql", ansiQuotes: false, backslashEscapes: true } as const;

/**
 * The lower bound for a Node process that can be resumed where it was killed, with the mysql2 package that seaworthy uses. A
 * change of the schema commits by itself. So each migration has three messages: the record that its statement begins, with
 * its hash, the statement, and the record that it is done.
 */
export const recordingFloor: Runner = {
  name: recordingFloorName,
  only: "apply",
  async write(folder, migrations) {
    const sent: string[] = [];
    const session = createRecorder(sent, (text) => `_utf8mb4 X'${Buffer.from(text).toString("hex")}'`);
    const records = recordsOf(session, table);
    await createTables(session, [table], false);
    const lock = `SELECT GET_LOCK(${lockName}, 0)`;
    writeFileSync(
      join(folder, "messages.json"),
      JSON.stringify([lock, ...sent, ...migrations.flatMap((one) => messagesOf(one, records))]),
    );
    const script = `
      const { createConnection } = require(${JSON.stringify(import.meta.resolve("mysql2").replace("file://", ""))});
      const { readFileSync } = require("node:fs");
      (async () => {
        const connection = createConnection({ uri: process.env.DATABASE_URL, multipleStatements: true });
        const send = (sql) => new Promise((resolve, reject) =>
          connection.query(sql, (error, rows) => error ? reject(error) : resolve(rows)));
        for (const message of JSON.parse(readFileSync("messages.json", "utf8"))) await send(message);
        connection.end();
      })();`;
    writeFileSync(join(folder, "floor.cjs"), script);
    return { argv: [process.execPath, "floor.cjs"], environment: {} };
  },
};

function messagesOf({ number, sql }: Migration, records: ReturnType<typeof recordsOf>): readonly string[] {
  const [statement] = splitStatements(sql, dialect);
  if (statement === undefined) throw new Error(`migration ${number} has no statement`);
  const hash = hashOfStatement(statement, dialect);
  const begin = [
    records.intentSql({ name: number, checksum: checksumOf(`${sql}\n`), release: "1.0.0", floor: undefined }),
    records.stepSql(number, [{ position: 0, hash, state: "running", objects: "[null]" }]),
  ];
  const inOne = (statements: readonly string[]) => ["START TRANSACTION", ...statements, "COMMIT"].join("; ");
  return [inOne(begin), statement.sql, inOne(records.finishSql(number))];
}
