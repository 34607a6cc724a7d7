import { configuration, type ImageFiles } from "../harness/image.ts";
import { app, oneMigration } from "./failing-app.ts";
import type { FailingInvocation, Places } from "./failing-invocation.ts";

export function failingDatabases({ down, wrongPassword, wrongDatabase, url }: Places): readonly FailingInvocation[] {
  const row = (name: string, place: string, ...says: readonly string[]): FailingInvocation => ({
    name,
    argv: ["--upgrade"],
    files: {
      ...oneMigration,
      ...configuration({
        app,
        dependencies: { db: { kind: "schema", url: place } },
        upgrade: { connectTimeoutSeconds: 0 },
      }),
    },
    code: 69,
    says,
  });
  const withoutPassword = new URL(url);
  withoutPassword.password = "";
  return [
    row("a database that is down", down, "cannot reach Postgres at 127.0.0.1:", "connection refused", "running"),
    row("a wrong password", wrongPassword, "cannot reach Postgres", "password authentication failed", "Check the user"),
    row("a database that does not exist", wrongDatabase, "cannot reach Postgres", "does not exist", "Create it"),
    row("no password", withoutPassword.href, "cannot reach Postgres", "asks for a password", "Put it into the URL"),
    row(
      "a host that does not exist",
      "postgres://shop@no-such-host.invalid/shop",
      "no-such-host.invalid",
      "Check the host",
    ),
  ];
}

export function failingMigrations({ url }: Places): readonly FailingInvocation[] {
  const row = (
    name: string,
    files: ImageFiles,
    says: readonly string[],
    more: Partial<FailingInvocation> = {},
  ): FailingInvocation => ({
    name,
    argv: ["--upgrade"],
    files: { ...configuration({ app, dependencies: { db: { kind: "schema", url } } }), ...files },
    code: 78,
    says,
    ...more,
  });
  const missing = [
    "cannot read the migrations folder ",
    "/migrations: it does not exist",
    "`migrations:`",
    "copies the folder",
  ];
  const empty = ["the migrations folder ", "/migrations holds no ", ".sql", "`migrations:`", "copies the files"];
  const emptyFolder = { "migrations/README.md": "none yet" };
  return [
    row("a migrations folder that is missing", {}, missing),
    row("a migrations folder that is missing, in run mode", {}, missing, { argv: ["echo", "the app was started"] }),
    row("a migrations folder that is missing, for --status", {}, missing, { argv: ["--status"] }),
    row("a migrations folder that is empty", emptyFolder, empty),
    row("a migrations folder that is empty, in run mode", emptyFolder, empty, {
      argv: ["echo", "the app was started"],
    }),
    row("two migrations with the same name", { "migrations/1_a.sql": "", "migrations/1_a.up.sql": "" }, [
      "two migrations have the name 1_a",
      "migrations/1_a.sql and ",
      "migrations/1_a.up.sql",
      "Rename",
    ]),
    row("two migrations whose names differ in case", { "migrations/1_a.sql": "", "migrations/1_A.sql": "" }, [
      "two migrations have the name",
    ]),
    row("COMMIT in a migration", { "migrations/1_a.sql": "CREATE TABLE a ();\n  COMMIT;" }, [
      "migrations/1_a.sql:2:3: COMMIT inside a migration",
      "Remove it",
    ]),
    row("a migration in TypeScript", { "migrations/1_a.ts": "export {};" }, [
      "migrations/1_a.ts: TypeScript is not run",
      "Compile it",
    ]),
    row("a repeatable migration of Flyway", { "migrations/R__view.sql": "SELECT 1;" }, [
      "migrations/R__view.sql: repeatable migrations of Flyway are not run",
    ]),
    row("an unknown directive", { "migrations/1_a.sql": "-- seaworthy: no-transactoin\nSELECT 1;" }, [
      'migrations/1_a.sql:1: unknown directive "no-transactoin"',
      "did you mean no-transaction?",
    ]),
    row(
      "a migration with a syntax error",
      { "migrations/1_a.sql": "CREATE TABEL a ();" },
      ["cannot apply migration 1_a (", "migrations/1_a.sql:1:8)", 'syntax error at or near "TABEL"'],
      { code: 1, further: ["applied before it, and kept: nothing", "rolled back: 1_a", "not run: nothing else"] },
    ),
    row("a migration with an unclosed quote", { "migrations/1_a.sql": "SELECT 1;\nSELECT 'oops;\n" }, [
      "migrations/1_a.sql:2:8:",
      "the string that begins here with ' is never closed",
    ]),
    row("a statement that cannot run in a transaction", { "migrations/1_a.sql": "VACUUM;" }, [
      "migrations/1_a.sql:1:1: VACUUM cannot run in a transaction",
      "Put `-- seaworthy: no-transaction` at the head",
    ]),
  ];
}

export function failingHooks({ url }: Places): readonly FailingInvocation[] {
  const row = (
    name: string,
    upgrade: object,
    code: number,
    says: readonly string[],
    settings: object = { app },
  ): FailingInvocation => ({
    name,
    argv: ["--upgrade"],
    files: {
      ...oneMigration,
      "not-executable": "#!/bin/sh\n",
      ...configuration({ dependencies: { db: { kind: "schema", url } }, upgrade, ...settings }),
    },
    code,
    says,
  });
  return [
    row("a hook that fails", { before: [["sh", "-c", "env; exit 3"]] }, 1, [
      "upgrade.before[0] (sh) failed with exit code 3",
      "run --upgrade again",
    ]),
    row("a hook that is killed", { before: [["true"], ["sh", "-c", "kill -KILL $$"]] }, 1, [
      "upgrade.before[1] (sh) was ended by SIGKILL",
    ]),
    row("a hook that cannot be run", { before: [["./not-executable"]] }, 1, [
      "upgrade.before[0] (./not-executable) cannot be run: EACCES",
    ]),
    row("a hook that cannot be found", { before: [["true"]], after: [["true"], ["no-such-command"]] }, 78, [
      'upgrade.after[1]: cannot find the command "no-such-command"',
      "Nothing was changed",
    ]),
    row(
      "hooks without a version",
      { after: [["true"]] },
      78,
      ["upgrade.after[0]: hooks run once a release, and this image has no version", "APP_VERSION"],
      {},
    ),
  ];
}
