import assert from "node:assert/strict";
import { chownSync, writeFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { connectPostgres } from "../../../src/platform/drivers/postgres.ts";
import { createAuthority } from "../../harness/certificates.ts";
import { startPostgres, type PostgresServer } from "../../harness/postgres.ts";
import { scratchPath } from "../../harness/scratch.ts";

const nobody = 65_534;

describe("features of a newer Postgres", () => {
  const authority = createAuthority("binding");
  let server: PostgresServer;

  before(async () => {
    const files = { cert: scratchPath("server.pem"), key: scratchPath("server.key") };
    for (const name of ["cert", "key"] as const) {
      writeFileSync(files[name], authority.server[name], { mode: 0o600 });
      if (process.getuid?.() === 0) chownSync(files[name], nobody, nobody);
    }
    server = await startPostgres({ flags: ["ssl=on", `ssl_cert_file=${files.cert}`, `ssl_key_file=${files.key}`] });
  });
  after(() => server.stop());

  const answerAt = async (query: string, url = server.url): Promise<boolean | string> => {
    try {
      const session = await connectPostgres({
        url: `${url}?${query}`,
        applicationName: "test",
        connectTimeoutMs: 10_000,
      });
      const [row] = await session.query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()");
      await session.close();
      return row?.["ssl"] === true;
    } catch (error) {
      return (error as Error).message;
    }
  };

  test("direct TLS: sslnegotiation=direct", async () => {
    const verified = `sslmode=verify-full&sslrootcert=${authority.file}`;
    assert.equal(await answerAt(`${verified}&sslnegotiation=direct`), true);
    assert.equal(await answerAt(verified), true);
    assert.match(String(await answerAt("sslmode=verify-full&sslnegotiation=direct")), /certificate/);
  });

  test("Neon's channel_binding=require: only with TLS and SCRAM", async () => {
    assert.equal(await answerAt("sslmode=require&channel_binding=require"), true);
    assert.equal(await answerAt("sslmode=require&channel_binding=prefer"), true);
    const refused = /does not offer channel binding, and the URL requires it/;
    assert.match(String(await answerAt("sslmode=allow&channel_binding=require")), refused);
    // Said before anything is connected.
    const contradicting = /channel_binding=require needs TLS, and sslmode=disable turns it off/;
    assert.match(String(await answerAt("sslmode=disable&channel_binding=require")), contradicting);
  });

  test("control: without channel binding the same URL connects", async () => {
    assert.equal(await answerAt("sslmode=disable"), false);
  });
});
