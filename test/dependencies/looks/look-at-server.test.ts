import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { lookAtServer } from "../../../src/dependencies/looks/look-at-server.ts";
import { parseRange } from "../../../src/versions/range.ts";

describe("a range with a product compares that product's own version", () => {
  const tidb = { version: "8.0.11-TiDB-v7.5.0", product: "MySQL 8.0.11-TiDB-v7.5.0" };
  const cockroach = {
    version: "13.0.0",
    product: "CockroachDB CCL v23.1.11 (x86_64-pc-linux-gnu, built 2023/09/27 01:53:43, go1.19.10)",
  };
  const yugabyte = {
    version: "11.2-YB-2.18.1.0-b0",
    product: "PostgreSQL 11.2-YB-2.18.1.0-b0 on x86_64-pc-linux-gnu, compiled by clang version 15.0.3, 64-bit",
  };
  const redshift = {
    version: "8.0.2",
    product: "PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2, Redshift 1.0.57798",
  };
  const mariadb = { version: "10.11.6-MariaDB-log", product: "MySQL 10.11.6-MariaDB-log" };
  const unnamed = { version: "5.7.25-TiDB-None", product: "MySQL 5.7.25-TiDB-None" };
  const rows = [
    ["tidb >=7.5", tidb, "compatible"],
    ["tidb >=8", tidb, "behind"],
    ["tidb <8", tidb, "compatible"],
    ["tidb >=5", unnamed, "unreadable"],
    ["cockroachdb >=23.1", cockroach, "compatible"],
    ["cockroachdb >=23.2", cockroach, "behind"],
    ["yugabytedb >=2.18", yugabyte, "compatible"],
    ["yugabytedb >=2.20", yugabyte, "behind"],
    ["redshift >=1.0.50000", redshift, "compatible"],
    ["redshift >=2", redshift, "behind"],
    ["mariadb >=10.11", mariadb, "compatible"],
    ["mariadb >=11", mariadb, "behind"],
    // Control: without a product, the protocol's version.
    [">=8", tidb, "compatible"],
    [">=11", yugabyte, "compatible"],
    [">=14", cockroach, "behind"],
  ] as const;
  for (const [text, answer, verdict] of rows) {
    test(`${answer.version} is ${verdict} for ${text}`, async () => {
      const requires = (await parseRange(text)) ?? assert.fail();
      const observation = await lookAtServer(
        { url: "postgres://h/d", requires, scheme: "auto", redact: String, askVersion: () => Promise.resolve(answer) },
        new AbortController().signal,
      );
      assert.equal(observation.verdict, verdict);
    });
  }
});
