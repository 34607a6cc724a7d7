import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Runner } from "./runner.ts";

/** What a Node process cannot do faster, with pg as we have it ourselves. */
const pg = JSON.stringify(import.meta.resolve("pg").replace("file://", ""));

export const atomicFloorName = "atomic floor";

/** One simple-query message a migration: applied and recorded as one transaction, and nothing else. */
export const atomicFloor: Runner = {
  name: atomicFloorName,
  only: "apply",
  write(folder, migrations) {
    const bodies = JSON.stringify(migrations);
    writeFileSync(join(folder, "migrations.json"), bodies);
    const script = `
      const { Client } = require(${pg});
      const { readFileSync } = require("node:fs");
      (async () => {
        const client = new Client({ connectionString: process.env.DATABASE_URL });
        await client.connect();
        await client.query("CREATE TABLE history (name text PRIMARY KEY, applied_at timestamptz NOT NULL)");
        for (const { number, sql } of JSON.parse(readFileSync("migrations.json", "utf8")))
          await client.query(\`BEGIN; \${sql}; INSERT INTO history VALUES ('\${number}', clock_timestamp()); COMMIT\`);
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
