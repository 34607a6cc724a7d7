import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { ask, endpointOf, waitForAnswer } from "../harness/endpoint.ts";
import { configuration } from "../harness/image.ts";
import { openSuite } from "../harness/leaks.ts";
import { runProgram, startProgram, type Ended } from "../harness/program.ts";
import { failingInvocations } from "./failing.ts";
import { openPlaces } from "./places.ts";

const suite = openSuite();
const database = await suite.database();

/** Every form in which an output could reveal a password. */
function formsOf(password: string): readonly string[] {
  return [password, encodeURIComponent(password), encodeURI(password), JSON.stringify(password).slice(1, -1)];
}

function assertSilent(output: string, password: string): void {
  for (const form of formsOf(password)) {
    assert.ok(!output.includes(form), `${JSON.stringify(form)} stands in:\n${output}`);
  }
}

const assertAllSilent = ({ stdout, stderr }: Ended, password: string) => assertSilent(stdout + stderr, password);

/** A superuser with this password. It disappears with the run's Postgres. */
async function createKeeper(role: string, password: string): Promise<string> {
  await database.query(`CREATE ROLE ${role} SUPERUSER LOGIN PASSWORD '${password.replaceAll("'", "''")}'`);
  return database.urlWith({ user: role, password: encodeURIComponent(password) });
}

const special = String.raw`s3:c/r@e#t?"q'\100% &=|ü`;
const kinds = [
  { name: "a plain password, in lines for people", role: "keeper_plain", password: "Tr0ub4dor-and-3", format: "human" },
  { name: "special characters, in JSON", role: "keeper_special", password: special, format: "json" },
] as const;
const closers: (() => void)[] = [];
after(async () => {
  for (const close of closers) close();
  await suite.end();
});

for (const { name, role, password, format } of kinds) {
  const url = await createKeeper(role, password);
  const wrongPassword = database.urlWith({ user: "postgres", password: encodeURIComponent(password) });
  const places = await openPlaces(url, { wrongPassword });
  closers.push(places.close);
  const environment = {
    SEAWORTHY_LOG_LEVEL: "debug",
    SEAWORTHY_LOG_FORMAT: format,
    // A hook may get the password in another way and print it.
    SAME_SECRET: password,
    OTHER_URL: `redis://:${encodeURIComponent(password)}@cache/0`,
  };

  describe(`${name}: no failure prints it`, { concurrency: 4 }, () => {
    const withUrl = failingInvocations(places).filter(({ files, environment }) =>
      JSON.stringify([files, environment]).includes("postgres://"),
    );
    for (const { name, argv, files, code, environment: own } of withUrl) {
      test(name, async () => {
        const { folder } = suite.image(files);
        const ended = await runProgram(argv, { workingDirectory: folder, environment: { ...environment, ...own } });
        assert.equal(ended.code, code, ended.stderr);
        assert.notEqual(ended.stderr, "");
        assertAllSilent(ended, password);
      });
    }

    test("an upgrade that succeeds, with a hook that prints it in every form", async () => {
      const { folder } = suite.image({
        ...configuration({
          app: { version: "1.0.0" },
          dependencies: { db: { kind: "schema", url, table: `${role}.migrations` } },
          upgrade: { before: [["sh", "./print"]] },
        }),
        "migrations/1_a.sql": "SELECT 1;",
        print: [
          `printf '%s\\n' "as given: $SAME_SECRET." "encoded: $DATABASE_URL" "PGPASSWORD=$SAME_SECRET"`,
          `printf '%s\\n' "inside a word: x\${SAME_SECRET}x" >&2`,
          `printf '%s\\n' '${JSON.stringify({ password }).replaceAll("'", String.raw`'\''`)}' "the end"`,
        ].join("\n"),
      });
      const ended = await runProgram(["--upgrade"], { workingDirectory: folder, environment });
      assert.equal(ended.code, 0, ended.stderr);
      for (const line of ["as given: ***.", "inside a word: x***x", "the end"])
        assert.ok(ended.stderr.includes(line), ended.stderr);
      assertAllSilent(ended, password);
    });

    for (const where of ["wrongPassword", "wrongDatabase", "down"] as const) {
      test(`health bodies and --status: ${where}`, async () => {
        const { folder } = suite.image({
          ...configuration({ dependencies: { db: { kind: "schema", url: places[where] } } }),
          "migrations/1_a.sql": "SELECT 1;",
        });
        const options = { workingDirectory: folder, environment };
        const program = startProgram(["sleep", "1000"], options);
        const endpoint = await endpointOf(program);
        const bodies = [await waitForAnswer(`${endpoint}/health`, 503, "unreachable")];
        for (const path of ["/health/db", "/livez", "/nowhere"]) bodies.push(await ask(endpoint + path));
        await program.signal("SIGTERM");
        assertAllSilent(await program.ended, password);
        assertSilent(bodies.map(({ text }) => text).join(""), password);
        for (const flags of [[], ["--json"]]) {
          const status = await runProgram(["--status", ...flags], options);
          assert.equal(status.code, 1);
          assert.match(status.stdout, /cannot reach Postgres/);
          assertAllSilent(status, password);
        }
      });
    }
  });
}

describe("a password that is not percent-encoded but should be", { concurrency: 4 }, () => {
  const raw = [
    "slash/inside",
    "sharp#inside",
    "question?inside",
    "at@inside",
    "12/34@port-like",
    "port?like=5@word",
    "per%zzcent",
    "100%",
    String.raw`quo"te'back\slash`,
    "hollow inside",
    `long${"-and-longer".repeat(20)} with a hollow`,
    "pipe|caret^`tick",
  ];
  const { host, pathname } = new URL(database.url);
  for (const password of raw) {
    for (const scheme of ["postgres://", "postgres:", ""]) {
      test(`${JSON.stringify(password.slice(0, 30))} after ${JSON.stringify(scheme)}`, async () => {
        const { folder } = suite.image({ "migrations/1_a.sql": "SELECT 1;" });
        const environment = {
          DATABASE_URL: `${scheme}keeper:${password}@${host}${pathname}`,
          SEAWORTHY_LOG_LEVEL: "debug",
          SEAWORTHY_UPGRADE_CONNECT_TIMEOUT_SECONDS: "0",
        };
        const ended = await runProgram(["--upgrade"], { workingDirectory: folder, environment });
        assert.ok(ended.code === 78 || ended.code === 69, `${ended.code} ${ended.stderr}`);
        assert.doesNotMatch(ended.stderr, /internal error/);
        assertAllSilent(ended, password);
        // Half a password must not be printed either.
        const parts = [password.slice(0, 10), ...password.split(/[/#?@ ]/)].filter((part) => part.length > 4);
        for (const part of parts) assertAllSilent(ended, part);
      });
    }
  }
});

test("a secret from a file is hidden as well, wherever a hook prints it", async () => {
  const secret = "from-a-mounted-file";
  const image = suite.image({
    ...configuration({
      app: { version: "9.0.0" },
      upgrade: {
        ledger: database.url,
        before: [["sh", "-c", `cat "$TOKEN_FILE"; echo "given $0"; exit 9`, "${TOKEN}"]],
      },
    }),
    token: `${secret}\n`,
  });
  const environment = { TOKEN_FILE: `${image.folder}/token` };
  const ended = await runProgram(["--upgrade"], { workingDirectory: image.folder, environment });
  assert.equal(ended.code, 1);
  assert.ok(ended.stderr.includes("given ***"), ended.stderr);
  assertAllSilent(ended, secret);
});

test("a password from one of seaworthy's variables is hidden as well", async () => {
  const password = "by-a-variable";
  const url = await createKeeper("keeper_variable", password);
  const settings = {
    app: { version: "9.0.0" },
    upgrade: { before: [["sh", "-c", "echo $0 is it; exit 9", password]] },
  };
  const { folder } = suite.image({ ...configuration(settings), ".env": `SEAWORTHY_UPGRADE_LEDGER=${url}\n` });
  const ended = await runProgram(["--upgrade"], { workingDirectory: folder });
  assert.equal(ended.code, 1, ended.stderr);
  assert.ok(ended.stderr.includes("*** is it"), ended.stderr);
  assertAllSilent(ended, password);
});

describe("a connection string of an unknown form is not shown", () => {
  const password = "gehe!m-7";
  for (const [name, url] of [
    ["ADO.NET", `User ID=u;Pwd=${password};Host=h`],
    ["ADO.NET, another key", `Server=h;Uid=u;PassPhrase=${password}`],
    ["libpq, quoted", `host=h user=u password='ge ${password}'`],
    ["libpq, a service", `service=s pass = ${password}`],
    ["without a scheme", `//u:${password}@h/db`],
    ["with a slash missing", `postgres:/u:${password}@h/db`],
    ["of the Go driver", `u:${password}@udp(h:1)/db`],
    ["a password with spaces", `u ge ${password} @h/db`],
  ] as const) {
    test(name, async () => {
      const { folder } = suite.image({ "migrations/1_a.sql": "SELECT 1" });
      for (const mode of ["--status", "--upgrade", "--plan"]) {
        const ended = await runProgram([mode], { workingDirectory: folder, environment: { DATABASE_URL: url } });
        assert.equal(ended.code, 78, ended.stderr);
        assert.match(ended.stderr, /DATABASE_URL/);
        assertAllSilent(ended, password);
      }
      const settings = { app: { version: "1.0.0" }, dependencies: { db: { kind: "schema", url } } };
      const inFile = await runProgram(["--status"], { workingDirectory: suite.image(configuration(settings)).folder });
      assert.equal(inFile.code, 78);
      assert.match(inFile.stderr, /dependencies\.db\.url/);
      assertAllSilent(inFile, password);
    });
  }

  test("control: a value that cannot hold a password is shown", async () => {
    const { folder } = suite.image({ "migrations/1_a.sql": "SELECT 1" });
    const environment = { DATABASE_URL: "database:5432/shop" };
    const ended = await runProgram(["--status"], { workingDirectory: folder, environment });
    assert.equal(ended.code, 78);
    assert.ok(ended.stderr.includes("database:5432/shop"), ended.stderr);
  });
});

test("control: the app's own output is unchanged, and contains the password", async () => {
  const ended = await runProgram(["printf", "%s", special], { workingDirectory: suite.image({}).folder });
  assert.throws(() => assertAllSilent(ended, special), /stands in/);
});
