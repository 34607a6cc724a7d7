import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { describeServer } from "../../src/urls/describe.ts";

describe("a server is named without its password", () => {
  for (const [url, name] of [
    ["postgres://shop:pw@db/shop", "Postgres at db:5432/shop"],
    ["postgres://shop:pw@[::1]:5433/shop", "Postgres at [::1]:5433/shop"],
    ["mysql://shop:pw@db/shop", "MySQL at db:3306/shop"],
    ["mariadb://shop:pw@[::1]:3307/shop", "MySQL at [::1]:3307/shop"],
    ["mysql://shop:pw@db", "MySQL at db:3306"],
    ["mysql://shop:pw@localhost/shop?unix_socket=/run/mysqld/mysqld.sock", "MySQL at /run/mysqld/mysqld.sock/shop"],
    ["sqlite:/data/app.db", "SQLite at /data/app.db"],
    ["redis://:pw@cache", "the database"],
  ] as const)
    test(`${url} is ${name}`, () => assert.equal(describeServer(url), name));
});
