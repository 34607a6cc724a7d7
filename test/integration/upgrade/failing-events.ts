import assert from "node:assert/strict";
import { openSession } from "../../fixtures/upgrade/session.ts";
import { run, shopFiles } from "../../fixtures/upgrade/shop.ts";
import type { TestDatabase } from "../../harness/database.ts";
import type { ImageFiles } from "../../harness/image.ts";
import type { openSuite } from "../../harness/leaks.ts";
import type { RunningProgram } from "../../harness/program.ts";
import { backendsOf, closeGate, passGate, waitForArrival } from "./upgrading.ts";

type Suite = ReturnType<typeof openSuite>;

export type Event = Readonly<Record<string, unknown>>;

export interface Failing {
  readonly migrations?: ImageFiles;
  readonly upgrade?: object;
  /** Default: 1.0.0. */
  readonly version?: string;
  /** Changes the URL of the database. */
  readonly url?: (database: TestDatabase) => string;
  /** Runs before the upgrade. What it returns is disposed of afterwards. */
  readonly before?: (database: TestDatabase) => Promise<AsyncDisposable | undefined>;
  /** Runs while the upgrade runs. */
  readonly during?: (database: TestDatabase, signal: RunningProgram["signal"]) => Promise<unknown>;
  readonly code: number;
  /** The fields of the event. Files are named by their last part. */
  readonly event: Event;
  /** What a person reads: the cause, the place, the state of the database, and what to do. */
  readonly says: readonly RegExp[];
}

export const first = { "1_first.sql": "CREATE TABLE items (id int PRIMARY KEY); INSERT INTO items VALUES (1);" };
const last = { "3_last.sql": "CREATE TABLE last ();" };
/** The second of three migrations fails. */
const second = (path: string, text: string) => ({ ...first, [path]: text, ...last });
const rolledBack = { applied: ["1_first"], rolledBack: "2_second", notRun: ["3_last"] };
const state = [/applied before it, and kept: 1_first/, /rolled back: 2_second/, /not run: 3_last/];

/** Ways in which an upgrade fails, by their titles. */
export function failingUpgrades(suite: Suite): Readonly<Record<string, Failing>> {
  return {
    "a syntax error": {
      migrations: second("2_second.sql", "CREATE TABLE b ();\n  CREATE TABEL c (n text DEFAULT 'secret words');"),
      code: 1,
      event: {
        event: "migration-failed",
        migration: "2_second",
        file: "2_second.sql",
        line: 2,
        column: 10,
        statement: "CREATE TABEL c (n text DEFAULT ?)",
        sqlState: "42601",
        nextStep: "Correct 2_second.sql, and run --upgrade again.",
        ...rolledBack,
      },
      says: [/2_second\.sql:2:10\): syntax error/, /\^/, ...state],
    },
    "an error in a later statement": {
      migrations: second("2_second.sql", "CREATE TABLE b ();\nSELECT 1;\nALTER TABLE nowhere ADD COLUMN n int;"),
      code: 1,
      event: {
        line: 3,
        column: 1,
        statement: "ALTER TABLE nowhere ADD COLUMN n int",
        sqlState: "42P01",
        ...rolledBack,
      },
      says: [/2_second\.sql:3:1\): relation "nowhere" does not exist/, ...state],
    },
    "a unique violation": {
      migrations: second("2_second.sql", "INSERT INTO items VALUES (2);\nINSERT INTO items VALUES (1);"),
      code: 1,
      event: {
        line: 2,
        statement: "INSERT INTO items VALUES (?)",
        sqlState: "23505",
        detail: "Key (id)=(1) already exists.",
        ...rolledBack,
      },
      says: [/2_second\.sql:2:1\): duplicate key/, /Key \(id\)=\(1\) already exists/, ...state],
    },
    "a division by zero in a DO block": {
      migrations: second("2_second.sql", "DO $$\nBEGIN\n  PERFORM 1 / 0;\nEND $$;"),
      code: 1,
      event: { line: 1, statement: "DO ?", sqlState: "22012", ...rolledBack },
      says: [/2_second\.sql:1:1\): division by zero/, /In .* line 3/, ...state],
    },
    "a wrong value in a JavaScript migration": {
      migrations: second(
        "2_second.js",
        "export async function up({ query }) {\n  await query('INSERT INTO items VALUES ($1)', ['x']);\n}",
      ),
      code: 1,
      event: { event: "migration-failed", file: "2_second.js", line: 2, sqlState: "22P02", ...rolledBack },
      says: [/2_second\.js:2:\d+\): invalid input syntax for type integer/, ...state],
    },
    "a statement of a no-transaction migration": {
      migrations: second(
        "2_second.sql",
        "-- seaworthy: no-transaction\nCREATE TABLE b ();\nALTER TABLE nowhere RENAME TO x;",
      ),
      code: 1,
      event: { line: 3, sqlState: "42P01", applied: ["1_first"], committed: "2_second", notRun: ["3_last"] },
      says: [/2_second\.sql:3:1\): relation "nowhere"/, /left where it stopped, to be resumed: 2_second/],
    },
    "a lock that is never free": {
      migrations: { "2_second.sql": "ALTER TABLE held ADD COLUMN note text;", ...last },
      upgrade: { lockWaitSeconds: 2, lockRetrySeconds: 0.3 },
      before: async (database) => {
        await database.query("CREATE TABLE held (id int)");
        const session = await openSession(database, "a long report");
        await session.query("BEGIN; SELECT FROM held");
        return session;
      },
      code: 75,
      event: {
        event: "migration-failed",
        migration: "2_second",
        line: 1,
        statement: "ALTER TABLE held ADD COLUMN note text",
        sqlState: "55P03",
        applied: [],
        rolledBack: "2_second",
        notRun: ["3_last"],
        nextStep: "End that session, or raise upgrade.lockRetrySeconds, and run --upgrade again.",
      },
      says: [
        /gave up on migration 2_second .*held by pid \d+ \(a long report/,
        /End that session/,
        /rolled back: 2_second/,
      ],
    },
    "a role without the right": {
      migrations: { "2_second.sql": "CREATE TABLE b ();\nALTER TABLE held ADD COLUMN note text;", ...last },
      url: (database) => database.urlWith({ user: roleOf(database), password: "limited" }),
      before: async (database) => {
        await database.query(`CREATE TABLE held (id int); CREATE ROLE ${roleOf(database)} LOGIN PASSWORD 'limited';
        GRANT CREATE ON DATABASE ${roleOf(database)} TO ${roleOf(database)};
        GRANT CREATE ON SCHEMA public TO ${roleOf(database)}`);
        return undefined;
      },
      code: 1,
      event: { line: 2, sqlState: "42501", applied: [], rolledBack: "2_second", notRun: ["3_last"] },
      says: [/must be owner of table held/, /Give the upgrade's role the right/, /rolled back: 2_second/],
    },
    "a wrong password": {
      migrations: first,
      url: (database) => {
        const url = new URL(database.url);
        url.password = "hunter2";
        return url.href;
      },
      upgrade: { connectTimeoutSeconds: 0 },
      code: 69,
      event: { event: "failed" },
      says: [/cannot reach Postgres/, /password authentication failed/, /Check the user/],
    },
    "a hook": {
      migrations: first,
      upgrade: { before: [["sh", "-c", "exit 3"]] },
      code: 1,
      event: {
        event: "hook-failed",
        hook: "upgrade.before[0]",
        nextStep: "The release is not recorded: fix the hook and run --upgrade again.",
      },
      says: [/upgrade\.before\[0\] \(sh\) failed with exit code 3/, /fix the hook and run --upgrade again/],
    },
    "a hook that does not exist": {
      migrations: first,
      upgrade: { after: [["no-such-command"]] },
      code: 78,
      event: { event: "failed" },
      says: [/upgrade\.after\[0\]: cannot find the command "no-such-command"/, /Nothing was changed/],
    },
    "a file that has changed since": {
      version: "1.1.0",
      migrations: { "1_first.sql": "CREATE TABLE changed ();", ...last },
      before: async (database) => {
        const image = suite.image(shopFiles({ url: database.url, migrations: first }));
        assert.equal((await run(image, ["--upgrade"])).code, 0);
        return undefined;
      },
      code: 78,
      event: { event: "failed" },
      says: [/1_first.*changed/, /--accept-drift 1_first/, /nothing was changed/],
    },
    "a server that ends the session": {
      migrations: second("2_second.sql", `CREATE TABLE b ();\n${passGate}`),
      before: gate,
      during: async (database) => {
        await waitForArrival(database);
        const pids = (await backendsOf(database)).map(({ pid }) => Number(pid));
        await database.query(`SELECT pg_terminate_backend(pid) FROM unnest(ARRAY[${pids.join()}]) AS pid`);
      },
      code: 69,
      event: {
        event: "migration-failed",
        migration: "2_second",
        ...rolledBack,
        nextStep: "Run --upgrade again: uncommitted changes were rolled back.",
      },
      says: [/lost the database while applying migration 2_second/, /Run --upgrade again/, ...state],
    },
    "a stop signal": {
      migrations: second("2_second.sql", `CREATE TABLE b ();\n${passGate}`),
      before: gate,
      during: async (database, signal) => {
        await waitForArrival(database);
        await signal("SIGTERM");
      },
      code: 143,
      event: { migration: "2_second", ...rolledBack },
      says: [/interrupted/, ...state],
    },
    "a deadlock that comes back": {
      migrations: { "2_second.sql": "DO $$ BEGIN RAISE EXCEPTION 'as if' USING ERRCODE = '40P01'; END $$;", ...last },
      code: 1,
      event: { event: "migration-failed", sqlState: "40P01", applied: [], rolledBack: "2_second", notRun: ["3_last"] },
      says: [/as if/, /rolled back: 2_second/],
    },
  };
}

/** A role for this database alone: roles belong to the server. */
const roleOf = ({ url }: TestDatabase) => new URL(url).pathname.slice(1);

async function gate(database: TestDatabase): Promise<AsyncDisposable> {
  const closed = await closeGate(database);
  return { [Symbol.asyncDispose]: closed.release };
}
