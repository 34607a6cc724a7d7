import assert from "node:assert/strict";
import { after, before } from "node:test";
import { startMariadb, whyNoMariadb, type MariadbServer } from "./mariadb-server.ts";

export { startMariadb, type MariadbServer } from "./mariadb-server.ts";

/** The reason to skip a test; undefined if MariaDB is installed. In CI, a test without it fails. */
export function lacksMariadb(): string | undefined {
  return process.env["CI"] === undefined ? whyNoMariadb() : undefined;
}

/** One server for all tests of a file. Call the result inside a test, and only if MariaDB is installed. */
export function useMariadb(): () => MariadbServer {
  let server: MariadbServer | undefined;
  before(async () => {
    if (lacksMariadb() === undefined) server = await startMariadb();
  });
  after(() => server?.stop());
  return () => {
    assert.ok(server, "MariaDB was not started");
    return server;
  };
}
