import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readRequirements, refuseContradiction } from "../../src/migrations/requirements.ts";

const names = ["0001_initial", "0002_users", "0003_orders", "0004_items"];
const check = (head: string, order = names, name = "0002_users") =>
  refuseContradiction({ name, path: `migrations/${name}.sql`, requirements: readRequirements(head) }, order);

describe("a line at the head of a file that contradicts the order is refused", () => {
  const heads: Readonly<Record<string, RegExp>> = {
    "-- depends: 0003_orders":
      /^migrations\/0002_users\.sql:1: "-- depends: 0003_orders" contradicts .*: 0003_orders is applied after it\. /,
    "-- depends: 0001_initial 0003_orders": /0003_orders is applied after it/,
    "--depends:0004_items": /0004_items is applied after it/,
    "-- A comment\n\n--  depends :  0003_orders  ": /users\.sql:3: /,
    "-- depends: 0002_users": /that is this migration/,
    "-- depends: 0009_nothing": /names 0009_nothing, but the folder has no such migration/,
    "-- requires: orders": /0003_orders is applied after it/,
    "-- requires: 0003_orders.sql": /0003_orders/,
    "-- depends_on: 3": /0003_orders/,
    "-- depends-on: [0001, 0004]": /0004_items/,
    "-- dependencies: 0001_initial, 0003_orders": /0003_orders/,
    "-- dependsOn = 0003_orders": /0003_orders/,
    "-- @requires 0003_orders": /0003_orders/,
    "-- +tool.depends: 0003_orders": /0003_orders/,
    "-- run after: 0003_orders": /0003_orders/,
    "-- prerequisite: `0003_orders`": /0003_orders/,
    "-- depends on 0003_orders": /0003_orders/,
    "/* depends: 0003_orders */": /0003_orders/,
    "// depends: 0003_orders": /0003_orders/,
    "-- run before: 0001_initial": /0001_initial is applied before it/,
    "-- required_by: 1": /0001_initial is applied before it/,
  };
  for (const [head, message] of Object.entries(heads))
    test(head, () => {
      assert.throws(() => check(`${head}\nCREATE TABLE a ();`), { exitCode: 78, message });
      // Control: no tool reads it below a statement.
      check(`CREATE TABLE a ();\n${head}`);
    });

  test("it may name Flyway's numbers and diesel's folders", () => {
    assert.throws(() => check("-- depends: 2", ["V1__a", "V2__b"], "V1__a"), {
      exitCode: 78,
      message: /V2__b is applied/,
    });
    const folders = ["2024-01-01-000000_a", "2024-01-02-000000_b"];
    assert.throws(() => check("-- depends: b", folders, "2024-01-01-000000_a"), {
      exitCode: 78,
      message: /000000_b is/,
    });
  });
});

describe("a line that agrees with the order or is prose is accepted", () => {
  const heads = [
    ...[
      "-- depends: 0001_initial",
      "-- depends:",
      "-- depends: 1",
      "-- requires: initial",
      "-- run before: 0004_items",
    ],
    ...[
      "-- Requires: PostgreSQL 15",
      "-- requires: superuser",
      "-- Depends: on the orders table",
      "-- requires: pgcrypto",
    ],
    ...[
      "-- After 0003_orders is applied, the job may run",
      "-- requires 3 minutes",
      "-- Needs: 64-bit integers, 4 of them",
    ],
    ...[
      "-- depends: none",
      "-- before: 10_000 rows, after: 3 rows",
      "-- Requires the orders to be there",
      "-- needs review",
    ],
    "-- after: see https://example.com/3",
  ];
  for (const head of heads) test(head, () => check(`${head}\nCREATE TABLE a ();`));
});
