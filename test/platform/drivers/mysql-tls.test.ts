import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { connectMysql } from "../../../src/platform/drivers/mysql.ts";
import { createAuthority } from "../../harness/certificates.ts";
import { scratchPath } from "../../harness/scratch.ts";
import { lacksMariadb, startMariadb, type MariadbServer } from "../../harness/mariadb.ts";

const authority = createAuthority("mysql");
const stranger = createAuthority("stranger");
const client = authority.issue("client");

function file(name: string, text: string): string {
  const path = scratchPath(name);
  writeFileSync(path, text);
  // The server runs as another user, which must read these files.
  chmodSync(path, 0o644);
  return path;
}

const ca = authority.file;
const other = stranger.file;
const cert = file("client.pem", client.cert);
const key = file("client.key", client.key);

interface Row {
  readonly user?: string;
  readonly host?: string;
  readonly query: string;
  /** True: encrypted. False: plain. A pattern: the refusal. */
  readonly expected: true | false | RegExp;
}

const asksForTls = [
  "ssl-mode=REQUIRED",
  "ssl_mode=required",
  "sslmode=require",
  "sslMode=REQUIRED",
  "useSSL=true",
  "requireSSL=true",
  "useSSL=true&requireSSL=true&verifyServerCertificate=false",
  "tls=skip-verify",
  "ssl=true",
  "ssl=1",
  'ssl={"rejectUnauthorized":false}',
  "sslaccept=accept_invalid_certs",
];

const withTls: readonly Row[] = [
  { query: "", expected: true },
  { query: "ssl-mode=PREFERRED", expected: true },
  { query: "tls=preferred", expected: true },
  { query: "ssl-mode=DISABLED", expected: false },
  { query: "useSSL=false", expected: false },
  { query: "tls=false", expected: false },
  ...asksForTls.map((query) => ({ query, expected: true as const })),
  { query: `ssl-mode=VERIFY_CA&ssl-ca=${ca}`, expected: true },
  { query: `ssl-ca=${ca}`, expected: true },
  { query: `sslaccept=strict&sslcert=${ca}`, expected: true },
  { query: `ssl-mode=VERIFY_IDENTITY&ssl-ca=${ca}`, expected: true },
  { query: `ssl_verify_identity=true&ssl_ca=${ca}`, expected: true },
  // The certificate is for 127.0.0.1.
  { host: "localhost", query: `ssl-mode=VERIFY_CA&ssl-ca=${ca}`, expected: true },
  { host: "localhost", query: `ssl-mode=VERIFY_IDENTITY&ssl-ca=${ca}`, expected: /altnames/ },
  { query: `ssl-mode=VERIFY_CA&ssl-ca=${other}`, expected: /certificate/ },
  { query: `ssl-mode=VERIFY_IDENTITY&ssl-ca=${other}`, expected: /certificate/ },
  // As in MySQL's clients, REQUIRED verifies nothing.
  { query: `ssl-mode=REQUIRED&ssl-ca=${other}`, expected: true },
  { query: "tls=true", expected: /certificate/ },
  { query: "ssl={}", expected: /certificate/ },
  { query: "useSSL=true&verifyServerCertificate=true", expected: /certificate/ },
  { query: "sslaccept=strict", expected: /certificate/ },
  { query: "ssl-mode=VERIFY_CA&ssl-ca=/no/such/file", expected: /ENOENT/ },
  // A user that requires TLS, and one that requires a certificate
  { user: "only_tls", query: "", expected: true },
  { user: "only_tls", query: "ssl-mode=DISABLED", expected: /Access denied/ },
  { user: "by_cert", query: `ssl-cert=${cert}&ssl-key=${key}`, expected: true },
  { user: "by_cert", query: `ssl-mode=VERIFY_CA&ssl-ca=${ca}&ssl-cert=${cert}&ssl-key=${key}`, expected: true },
  { user: "by_cert", query: "ssl-mode=REQUIRED", expected: /Access denied/ },
];

const withoutTls: readonly Row[] = [
  { query: "", expected: false },
  { query: "ssl-mode=PREFERRED", expected: false },
  { query: "tls=preferred", expected: false },
  { query: "ssl-mode=DISABLED", expected: false },
  ...asksForTls.map((query) => ({ query, expected: /the server does not support TLS/ })),
  { query: "tls=true", expected: /the server does not support TLS/ },
  { query: `ssl-ca=${ca}`, expected: /the server does not support TLS/ },
  { query: `ssl-mode=VERIFY_IDENTITY&ssl-ca=${ca}`, expected: /the server does not support TLS/ },
];

async function answerAt(
  server: MariadbServer,
  { user = "app", host = "127.0.0.1", query }: Row,
): Promise<boolean | string> {
  const url = `${server.urlWith(user, "app-password").replace("127.0.0.1", host)}?${query}`;
  try {
    const session = await connectMysql({ url, applicationName: "test", connectTimeoutMs: 5000, queryTimeoutMs: 5000 });
    const [row] = await session.query("SHOW SESSION STATUS LIKE 'Ssl_cipher'");
    await session.close();
    return row?.["Value"] !== "";
  } catch (error) {
    return (error as Error).message;
  }
}

function matrix(name: string, flags: readonly string[], rows: readonly Row[]): void {
  describe(name, { skip: lacksMariadb() ?? false }, () => {
    let server: MariadbServer;
    before(async () => {
      server = await startMariadb(flags);
      const users = { app: "", only_tls: "REQUIRE SSL", by_cert: "REQUIRE X509" };
      for (const [user, requirement] of Object.entries(users)) {
        await server.run(`CREATE USER ${user}@localhost IDENTIFIED BY 'app-password' ${requirement}`);
        await server.run(`GRANT ALL ON shop.* TO ${user}@localhost`);
      }
    });
    after(() => server.stop());

    for (const row of rows) {
      test(`${row.user ?? "app"}@${row.host ?? "127.0.0.1"} ${row.query}`, async () => {
        const answer = await answerAt(server, row);
        if (typeof row.expected === "boolean") return assert.equal(answer, row.expected);
        assert.equal(typeof answer, "string", `a session, encrypted: ${answer}`);
        assert.match(String(answer), row.expected);
        assert.doesNotMatch(String(answer), /app-password|BEGIN/);
      });
    }

    test("the socket works without TLS and with it", async () => {
      const url = server.url.replace(/@.*/, `@localhost/shop?socket=${server.socket}`);
      const session = await connectMysql({
        url,
        applicationName: "test",
        connectTimeoutMs: 5000,
        queryTimeoutMs: 5000,
      });
      assert.deepEqual(await session.query("SELECT 1 AS one"), [{ one: 1 }]);
      await session.close();
    });

    test("the server counts none of the sessions as aborted", async () => {
      const [row] = await server.query("SHOW GLOBAL STATUS LIKE 'Aborted_clients'");
      assert.equal(row?.["Value"], "0");
    });
  });
}

const own = [
  "--ssl-cert",
  file("server.pem", authority.server.cert),
  "--ssl-key",
  file("server.key", authority.server.key),
  "--ssl-ca",
  ca,
];
const flags = own.flatMap((word, index) => (index % 2 === 0 ? [`${word}=${own[index + 1]}`] : []));
matrix("MariaDB with TLS", flags, withTls);
matrix("MariaDB without TLS", ["--skip-ssl"], withoutTls);
