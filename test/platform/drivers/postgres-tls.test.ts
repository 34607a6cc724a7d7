import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { connectPostgres } from "../../../src/platform/drivers/postgres.ts";
import { createAuthority, protectKey } from "../../harness/certificates.ts";
import { appPassword, bin, createCluster, withoutCluster, type Cluster } from "../../harness/cluster.ts";
import { scratchPath } from "../../harness/scratch.ts";
import { waitFor } from "../../harness/wait.ts";

const authority = createAuthority("tls");
const stranger = createAuthority("stranger");
const client = authority.issue("by_cert");

/** Writes a client file with the mode that libpq requires for keys. */
function file(name: string, text: string, mode = 0o600): string {
  const path = scratchPath(name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

const ca = authority.file;
const other = stranger.file;
const cert = file("client.pem", client.cert);
const key = file("client.key", client.key);
const openKey = file("open.key", client.key, 0o644);
const protectedKey = file("protected.key", protectKey(client.key, "key-password"));
const strangersCert = file("strangers.pem", stranger.issue("by_cert").cert);
const emptyCrl = authority.revoke(authority.issue("revoked"));
const crl = authority.revoke(authority.server);
const ours = `sslcert=${cert}&sslkey=${key}`;

interface Row {
  readonly user?: string;
  readonly host?: string;
  readonly query: string;
  /** True: encrypted. False: plain. A pattern: the refusal. */
  readonly expected: true | false | RegExp;
  /** Whether libpq 15 does not know the parameter. */
  readonly isNew?: true;
}

const withTls: readonly Row[] = [
  { query: "", expected: true },
  { query: "sslmode=disable", expected: false },
  { query: "sslmode=allow", expected: false },
  { query: "sslmode=prefer", expected: true },
  { query: "sslmode=require", expected: true },
  { query: `sslmode=verify-ca&sslrootcert=${ca}`, expected: true },
  { query: `sslmode=verify-full&sslrootcert=${ca}`, expected: true },
  // The certificate is for 127.0.0.1.
  { host: "localhost", query: "sslmode=require", expected: true },
  { host: "localhost", query: `sslmode=verify-ca&sslrootcert=${ca}`, expected: true },
  { host: "localhost", query: `sslmode=verify-full&sslrootcert=${ca}`, expected: /altnames|does not match/ },
  { query: `sslmode=verify-ca&sslrootcert=${other}`, expected: /certificate/ },
  { query: `sslmode=verify-full&sslrootcert=${other}`, expected: /certificate/ },
  { query: "sslmode=verify-ca", expected: /needs sslrootcert/ },
  { query: "sslmode=verify-full", expected: /certificate/ },
  { query: "sslmode=verify-full&sslrootcert=/no/such/file", expected: /ENOENT/ },
  { query: "sslrootcert=system", expected: /certificate/, isNew: true },
  // require verifies the certificate only with an authority's file.
  { query: `sslmode=require&sslrootcert=${ca}`, expected: true },
  { host: "localhost", query: `sslmode=require&sslrootcert=${ca}`, expected: true },
  { query: `sslmode=require&sslrootcert=${other}`, expected: /certificate/ },
  { query: "sslmode=require&sslrootcert=/no/such/file", expected: true },
  { query: `sslmode=prefer&sslrootcert=${other}`, expected: false },
  { query: `sslmode=verify-ca&sslrootcert=${ca}&sslcrl=${crl}`, expected: /revoked/ },
  { query: `sslmode=verify-ca&sslrootcert=${ca}&sslcrl=${emptyCrl}`, expected: true },
  { query: "sslmode=require&ssl_min_protocol_version=TLSv1.3", expected: true },
  // pg_hba.conf: hostssl, hostnossl
  { user: "only_tls", query: "", expected: true },
  { user: "only_tls", query: "sslmode=disable", expected: /no encryption/ },
  { user: "only_tls", query: "sslmode=allow", expected: true },
  { user: "only_tls", query: `sslmode=prefer&sslrootcert=${other}`, expected: /no encryption/ },
  { user: "only_plain", query: "", expected: false },
  { user: "only_plain", query: "sslmode=allow", expected: false },
  { user: "only_plain", query: "sslmode=require", expected: /SSL encryption/ },
  { user: "only_plain", query: "sslmode=disable", expected: false },
  // Client certificates
  { user: "by_cert", query: `sslmode=require&${ours}`, expected: true },
  { user: "by_cert", query: ours, expected: true },
  { user: "by_cert", query: "sslmode=require", expected: /certificate/ },
  { user: "by_cert", query: `sslmode=require&sslcert=${cert}&sslkey=${openKey}`, expected: /other users can read/ },
  { user: "by_cert", query: `sslmode=require&sslcert=${cert}`, expected: /has no private key/ },
  {
    user: "by_cert",
    query: `sslmode=require&sslcert=${strangersCert}&sslkey=${key}`,
    expected: /key values mismatch|mismatch/,
  },
  {
    user: "by_cert",
    query: `sslmode=require&sslcert=${cert}&sslkey=${protectedKey}&sslpassword=key-password`,
    expected: true,
  },
  {
    user: "by_cert",
    query: `sslmode=require&sslcert=${cert}&sslkey=${protectedKey}&sslpassword=wrong`,
    expected: /bad decrypt|decrypt/,
  },
  { user: "by_cert", query: `sslmode=require&${ours}&sslcertmode=disable`, expected: /certificate/, isNew: true },
  // Parameters of other clients
  { query: "ssl=true", expected: true },
  { query: "ssl=no-verify", expected: true, isNew: true },
];

const withoutTls: readonly Row[] = [
  { query: "", expected: false },
  { query: "sslmode=disable", expected: false },
  { query: "sslmode=allow", expected: false },
  { query: "sslmode=prefer", expected: false },
  { query: `sslmode=prefer&sslrootcert=${ca}`, expected: false },
  { query: "sslmode=require", expected: /the server does not support TLS/ },
  { query: `sslmode=verify-ca&sslrootcert=${ca}`, expected: /the server does not support TLS/ },
  { query: `sslmode=verify-full&sslrootcert=${ca}`, expected: /the server does not support TLS/ },
  { query: "ssl=true", expected: /the server does not support TLS/ },
  { user: "only_tls", query: "", expected: /no encryption/ },
];

const hba = `local all all trust
hostssl all only_tls all scram-sha-256
hostnossl all only_plain all scram-sha-256
hostssl all by_cert all cert
host all shop,postgres all scram-sha-256
`;

const asked = "SELECT ssl FROM pg_catalog.pg_stat_ssl WHERE pid = pg_catalog.pg_backend_pid()";

describe("TLS with Postgres", { skip: withoutCluster }, () => {
  let cluster: Cluster;
  const home = scratchPath("home");
  const previousHome = process.env["HOME"];

  before(async () => {
    mkdirSync(home);
    // Do not use this machine's ~/.postgresql.
    process.env["HOME"] = home;
    cluster = await createCluster();
    for (const role of ["only_tls", "only_plain", "by_cert"])
      await cluster.query(`CREATE ROLE ${role} LOGIN PASSWORD '${appPassword}'`);
    cluster.write("own.crt", authority.server.cert);
    cluster.write("own.key", authority.server.key);
    cluster.write("clients.crt", readFileSync(ca, "utf8"));
    cluster.write("pg_hba.conf", hba);
    await cluster.query("SELECT pg_reload_conf()");
  });
  after(async () => {
    if (previousHome !== undefined) process.env["HOME"] = previousHome;
    await cluster.remove();
  });

  const urlOf = ({ user = "shop", host = "127.0.0.1", query }: Row) =>
    `postgres://${user}:${appPassword}@${host}:${cluster.port}/shop?${query}`;

  const ourAnswer = async (row: Row, variables = {}): Promise<boolean | string> => {
    try {
      const session = await connectPostgres({
        url: urlOf(row),
        variables,
        applicationName: "test",
        connectTimeoutMs: 5000,
      });
      const [answer] = await session.query(asked);
      await session.close();
      return answer?.["ssl"] === true;
    } catch (error) {
      return (error as Error).message;
    }
  };

  /** The result of libpq for the same URL. */
  const libpqsAnswer = (row: Row): boolean | string => {
    const { status, stdout, stderr } = spawnSync(bin("psql"), ["-XAtw", "-c", asked, urlOf(row)], {
      encoding: "utf8",
      env: { HOME: home, LC_ALL: "C" },
    });
    return status === 0 ? stdout.trim() === "t" : stderr;
  };

  const assertAnswer = (answer: boolean | string, { expected }: Row) => {
    if (typeof expected === "boolean") return assert.equal(answer, expected);
    assert.equal(typeof answer, "string", `a session, encrypted: ${answer}`);
    assert.match(String(answer), expected);
    assert.doesNotMatch(String(answer), /BEGIN|key-password|app-secret/);
  };

  const matrix = (name: string, setting: string, rows: readonly Row[]): void => {
    describe(name, () => {
      before(async () => {
        await cluster.query("ALTER SYSTEM SET ssl_cert_file = 'own.crt'");
        await cluster.query("ALTER SYSTEM SET ssl_key_file = 'own.key'");
        await cluster.query("ALTER SYSTEM SET ssl_ca_file = 'clients.crt'");
        await cluster.query(`ALTER SYSTEM SET ssl = ${setting}`);
        await cluster.shutDown();
        await cluster.start();
      });
      for (const row of rows) {
        test(`${row.user ?? "shop"}@${row.host ?? "127.0.0.1"} ${row.query}`, async () => {
          assertAnswer(await ourAnswer(row), row);
          if (row.isNew === true) return;
          const theirs = libpqsAnswer(row);
          const isSame = typeof row.expected === "boolean" ? theirs === row.expected : typeof theirs === "string";
          assert.ok(isSame, `libpq: ${theirs}`);
        });
      }
    });
  };

  matrix("a server with TLS", "on", withTls);

  describe("settings that the URL leaves out", () => {
    test("come from libpq's variables, and the URL wins", async () => {
      assert.equal(await ourAnswer({ query: "", expected: false }, { PGSSLMODE: "disable" }), false);
      assert.equal(await ourAnswer({ query: "sslmode=require", expected: true }, { PGSSLMODE: "disable" }), true);
      assertAnswer(await ourAnswer({ query: "", expected: true }, { PGSSLMODE: "verify-full", PGSSLROOTCERT: other }), {
        query: "",
        expected: /certificate/,
      });
      assertAnswer(await ourAnswer({ query: "", expected: true }, { PGSSLMODE: "strict" }), {
        query: "",
        expected: /the parameter PGSSLMODE must be one of/,
      });
    });

    test("come from ~/.postgresql, as in libpq", async () => {
      mkdirSync(join(home, ".postgresql"));
      writeFileSync(join(home, ".postgresql/root.crt"), readFileSync(other));
      const rows: readonly Row[] = [
        { query: "sslmode=require", expected: /certificate/ },
        { query: "sslmode=verify-full", expected: /certificate/ },
        { query: `sslmode=verify-full&sslrootcert=${ca}`, expected: true },
        { query: "", expected: false },
      ];
      try {
        for (const row of rows) {
          assertAnswer(await ourAnswer(row), row);
          assert.equal(typeof libpqsAnswer(row), typeof row.expected === "boolean" ? "boolean" : "string", row.query);
        }
      } finally {
        rmSync(join(home, ".postgresql"), { recursive: true });
      }
    });
  });

  test("a wrong password is reported as such, after one try, in each mode", async () => {
    for (const mode of ["disable", "allow", "prefer", "require"]) {
      const url = urlOf({ user: "only_tls", query: `sslmode=${mode}`, expected: true }).replace(appPassword, "wr0ng");
      const error = await connectPostgres({ url, applicationName: "test", connectTimeoutMs: 5000 }).then(
        () => assert.fail(),
        (error: unknown) => String(error),
      );
      assert.match(error, mode === "disable" ? /no encryption/ : /password authentication failed/);
      assert.doesNotMatch(error, /wr0ng/);
    }
  });

  test("a cancel request is as secure as its session", async () => {
    // The first bytes of each connection, as seen on the network.
    const beginnings: string[] = [];
    const between = createServer((socket) => {
      const onward = connect(cluster.port, "127.0.0.1");
      socket.once("data", (data: Buffer) => beginnings.push(data.subarray(0, 8).toString("hex")));
      socket.on("error", () => {}).pipe(onward);
      onward.on("error", () => {}).pipe(socket);
    }).listen(0, "127.0.0.1");
    await once(between, "listening");
    const { port } = between.address() as AddressInfo;
    const url = urlOf({ query: `sslmode=verify-full&sslrootcert=${ca}`, expected: true }).replace(
      `:${cluster.port}/`,
      `:${port}/`,
    );
    const session = await connectPostgres({ url, applicationName: "test", connectTimeoutMs: 5000 });
    try {
      const slow = assert.rejects(session.query("SELECT pg_sleep(60)"), { sqlState: "57014" });
      await waitFor("the query to run", async () => {
        const rows = await cluster.query(
          "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()",
        );
        return rows.length > 0;
      });
      await session.cancel();
      await slow;
      const requestForTls = "0000000804d2162f";
      assert.deepEqual(beginnings, [requestForTls, requestForTls]);
    } finally {
      await session.close();
      between.close();
    }
  });

  matrix("a server without TLS", "off", withoutTls);
});
