import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { workSession } from "../../../src/ledger/mysql/work-session.ts";
import { connectMysql } from "../../../src/platform/drivers/mysql.ts";
import { lacksMariadb, useMariadb } from "../../harness/mariadb.ts";

const mariadb = useMariadb();

interface Options {
  readonly hasCompound: boolean;
  /** Changes what reaches the server. */
  readonly spoil?: (sql: string) => string;
}

/** A session as an upgrade works in it, and the messages that it has sent. */
async function openWork({ hasCompound, spoil = (sql) => sql }: Options) {
  const session = await connectMysql({
    url: mariadb().url,
    applicationName: "test",
    connectTimeoutMs: 10_000,
    manyStatements: false,
  });
  const messages: string[] = [];
  const execute = (sql: string) => {
    messages.push(sql);
    return session.execute(spoil(sql));
  };
  const { executeAll } = workSession({ ...session, execute }, { hasCompound });
  await session.execute("CREATE TEMPORARY TABLE seen (n int PRIMARY KEY)");
  const seen = async () => (await session.query("SELECT n FROM seen ORDER BY n")).map(({ n }) => n);
  return { session, messages, executeAll, seen, [Symbol.asyncDispose]: () => session.close() };
}

const insert = (n: number) => `INSERT INTO seen VALUES (${n})`;
const transaction = ["START TRANSACTION", insert(1), insert(2), "COMMIT"];

describe("several statements of seaworthy's own", { skip: lacksMariadb() ?? false }, () => {
  test("are one message on MariaDB, and one each where there is no compound statement", async () => {
    for (const [hasCompound, count] of [
      [true, 1],
      [false, 4],
    ] as const) {
      await using work = await openWork({ hasCompound });
      await work.executeAll(transaction);
      assert.equal(work.messages.length, count);
      await work.session.execute("ROLLBACK");
      assert.deepEqual(await work.seen(), [1, 2]);
    }
  });

  test("end at the first that fails, and leave the transaction to be rolled back", async () => {
    for (const hasCompound of [true, false]) {
      await using work = await openWork({ hasCompound });
      await assert.rejects(
        work.executeAll(["START TRANSACTION", insert(1), insert(1), insert(2), "COMMIT"]),
        /Duplicate/,
      );
      assert.deepEqual(await work.seen(), [1]);
      await work.session.execute("ROLLBACK");
      assert.deepEqual(await work.seen(), []);
    }
  });

  test("are one message also after a migration has set sql_mode to ORACLE", async () => {
    await using work = await openWork({ hasCompound: true });
    await work.session.execute("SET SESSION sql_mode = 'ORACLE'");
    await work.executeAll(transaction);
    assert.deepEqual(await work.seen(), [1, 2]);
    assert.equal(work.messages.length, 1);
  });

  test("are sent one by one if the server does not know compound statements after all", async () => {
    await using work = await openWork({ hasCompound: true, spoil: (sql) => sql.replace("NOT ATOMIC", "NOT KNOWN") });
    await work.executeAll(transaction);
    assert.deepEqual(await work.seen(), [1, 2]);
    assert.equal(work.messages.length, 5);
  });

  test("may be more than fit into a message", async () => {
    await using work = await openWork({ hasCompound: true });
    await work.executeAll(Array.from({ length: 250 }, (_, n) => insert(n)));
    assert.equal(work.messages.length, 3);
    assert.equal((await work.seen()).length, 250);
  });

  test("control: the server refuses two statements of a file in one message", async () => {
    await using work = await openWork({ hasCompound: true });
    await assert.rejects(work.session.execute(`${insert(1)}; ${insert(2)}`), /syntax/);
    assert.deepEqual(await work.seen(), []);
  });
});
