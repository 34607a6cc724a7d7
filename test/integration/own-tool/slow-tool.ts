import { tool } from "../../fixtures/upgrade/tool.ts";
import type { TestDatabase } from "../../harness/database.ts";
import { configuration, type Image } from "../../harness/image.ts";
import type { Suite } from "../../harness/leaks.ts";
import { treeOf } from "../../harness/proc.ts";
import type { RunningProgram } from "../../harness/program.ts";
import { passGate } from "../upgrade/upgrading.ts";

interface AppOptions {
  /** Default: the database's own URL. */
  readonly url?: string;
  readonly sql?: string;
  /** The application_name that the tool sets. Default: none. */
  readonly toolName?: string;
  readonly upgrade?: object;
  readonly history?: object;
}

/** Waits at the gate, and completes when it opens, even if the client is gone. */
const slow = `${passGate} ALTER TABLE a ADD COLUMN IF NOT EXISTS b text DEFAULT 'a-secret-literal';`;

export function appOn(
  suite: Suite,
  database: TestDatabase,
  { url = database.url, sql = slow, toolName, upgrade: settings = {}, history = { history: "umzug" } }: AppOptions = {},
): Image {
  const environment = toolName === undefined ? {} : { TOOL_NAME: toolName };
  return suite.image({
    ...configuration({
      app: { name: "shop", version: "1.0.0" },
      dependencies: { schema: { kind: "schema", url, ...history } },
      upgrade: { migrate: { command: tool, environment }, ...settings },
    }),
    "migrations/1_a.sql": "CREATE TABLE IF NOT EXISTS a (id int);",
    "migrations/2_slow.sql": sql,
  });
}

/** Kills seaworthy and all its children at once, like the end of their container. */
export async function killAll(program: RunningProgram): Promise<void> {
  for (const { pid } of treeOf(await program.pid()).toReversed()) process.kill(pid, "SIGKILL");
  await program.ended;
}

/** The tool's active sessions. */
export const atGate = (database: TestDatabase) =>
  database.query(`SELECT pid, application_name AS name FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%ADD COLUMN%'`);

export const waits =
  /waiting for statements that an earlier run left running in the database: pid (\d+) \(postgres, (.*?), for \d+ s\): SELECT pg_advisory_lock\(\?\); SELECT pg_advisory_unlock\(\?\); ALTER TABLE a ADD COLUMN IF NOT EXISTS b/;
