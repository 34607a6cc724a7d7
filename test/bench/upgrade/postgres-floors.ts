import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { escapeLiteral } from "pg";
import { createTables, historyTable } from "../../../src/ledger/postgres/tables/ledger-tables.ts";
import { recordsOf } from "../../../src/ledger/postgres/tables/records.ts";
import { checksumOf } from "../../../src/migrations/script.ts";
import { createRecorder } from "./recorder.ts";
import type { Runner } from "./runner.ts";

/** Lower bounds for a Node process that uses the same pg package as seaworthy. */
const pg = JSON.stringify(import.meta.resolve("pg").replace("file://", ""));

export const atomicFloorName = "atomic floor";

const table = "seaworthy.migrations";

/** Sends one simple-query message per migration, which applies and records it in one transaction. */
export const atomicFloor: Runner = {
  name: atomicFloorName,
  only: "apply",
  async write(folder, migrations) {
    const sent: string[] = [];
    const session = createRecorder(sent, escapeLiteral, [{ name: table, missing: true, without_schema: true }]);
    const { recordSql } = recordsOf(session, table);
    await createTables(session, [historyTable(table)]);
    const messages = migrations.map(({ number, sql }) => {
      const record = { name: number, checksum: checksumOf(`${sql}\n`), release: "1.0.0", floor: undefined };
      return `BEGIN; ${recordSql(record)};\n${sql}\n; COMMIT`;
    });
    writeFileSync(join(folder, "messages.json"), JSON.stringify([...sent, ...messages]));
    const script = `
      const { Client } = require(${pg});
      const { readFileSync } = require("node:fs");
      (async () => {
        const client = new Client({ connectionString: process.env.DATABASE_URL });
        await client.connect();
        for (const message of JSON.parse(readFileSync("messages.json", "utf8"))) await client.query(message);
        await client.end();
      })();`;
    writeFileSync(join(folder, "floor.cjs"), script);
    return { argv: [process.execPath, "floor.cjs"], environment: {} };
  },
};

export const connectAndAskName = "Node + pg, one query";

export const connectAndAsk: Runner = {
  name: connectAndAskName,
  only: "no-op",
  write(folder) {
    const script = `
      const { Client } = require(${pg});
      (async () => {
        const client = new Client({ connectionString: process.env.DATABASE_URL });
        await client.connect();
        await client.query("SELECT 1");
        await client.end();
      })();`;
    writeFileSync(join(folder, "floor.cjs"), script);
    return { argv: [process.execPath, "floor.cjs"], environment: {} };
  },
};
