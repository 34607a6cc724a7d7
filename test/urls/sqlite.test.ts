import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readUrl } from "../../src/urls/read.ts";

describe("SQLite URLs of each tool", () => {
  const rows: readonly (readonly [url: string, expected: readonly string[] | string])[] = [
    ["sqlite:/data/app.db", ["/data/app.db"]],
    ["sqlite:app.db", ["app.db"]],
    ["sqlite:./app.db", ["./app.db"]],
    ["sqlite3:app.db", ["app.db"]],
    ["sqlite3:/data/app.db", ["/data/app.db"]],
    ["sqlite3:///data/app.db", ["/data/app.db"]],
    ["sqlite://app.db", ["app.db"]],
    // Absolute in Rust and Go, relative in SQLAlchemy, Django and Doctrine.
    ["sqlite:///app.db", ["/app.db", "app.db"]],
    ["sqlite:////data/app.db", ["/data/app.db"]],
    ["sqlite+aiosqlite:///app.db", ["app.db"]],
    ["sqlite+aiosqlite:////data/app.db", ["/data/app.db"]],
    ["file:./dev.db", ["./dev.db", "prisma/dev.db"]],
    ["file:dev.db", ["dev.db", "prisma/dev.db"]],
    ["file:./dev.db?connection_limit=1&socket_timeout=3", ["./dev.db", "prisma/dev.db"]],
    ["file:/data/app.db", ["/data/app.db"]],
    ["file:///data/app.db", ["/data/app.db"]],
    ["file://localhost/data/app.db", ["/data/app.db"]],
    ["jdbc:sqlite:/data/app.db", ["/data/app.db"]],
    ["jdbc:sqlite:app.db", ["app.db"]],
    ["jdbc:sqlite:file:app.db?cache=shared", ["app.db"]],
    ["sqlite:/data/my%20app.db?mode=ro", ["/data/my app.db"]],
    ["db:sqlite:/data/app.db", ["/data/app.db"]],
    ["sqlite:///%kernel.project_dir%/var/app.db", "only Symfony knows the path of its placeholder"],
    ['"sqlite:/data/app.db"\n', ["/data/app.db"]],
    ["sqlite::memory:", "each process has its own in-memory database"],
    ["sqlite://:memory:", "each process has its own in-memory database"],
    ["sqlite:///:memory:", "each process has its own in-memory database"],
    ["file::memory:?cache=shared", "each process has its own in-memory database"],
    ["file:app.db?mode=memory", "each process has its own in-memory database"],
    ["sqlite://", "each process has its own in-memory database"],
    ["jdbc:sqlite:", "each process has its own in-memory database"],
    ["sqlite+pysqlcipher:///app.db", "an encrypted SQLite database"],
    ["file:app.db?cipher=chacha20&key=secret", "an encrypted SQLite database"],
    ["file:app.db?mode=create", "the parameter mode must be one of ro, rw, rwc, memory"],
    ["file:app.db?vfs=unix-dotfile", "the parameter vfs must be unix, or left out"],
    ["file:app.db?vfs=unix&cache=shared&nolock=0&immutable=false", ["app.db", "prisma/app.db"]],
    ["file:app.db?nolock=1", "the parameter nolock is not supported"],
    ["file:app.db?immutable=2", "the parameter immutable must be true or false"],
  ];
  for (const [url, expected] of rows) {
    test(JSON.stringify(url), () => {
      const read = readUrl(url);
      if (typeof expected === "string")
        return assert.ok("refusal" in read && read.refusal.startsWith(expected), JSON.stringify(read));
      assert.ok("address" in read && read.address.engine === "sqlite", JSON.stringify(read));
      assert.deepEqual([read.address.paths, read.warnings], [expected, []]);
    });
  }
});

test("other notations are refused with what to write, and never repeated", () => {
  for (const [text, advice] of [
    ["Server=db;Port=3306;Database=shop;User=app;Password=hush", /\.NET or ODBC.*mysql:\/\/USER@HOST/],
    ["Host=db;Username=app;Password=hush", /\.NET or ODBC.*postgres:\/\/USER@HOST/],
    ["Data Source=/data/hush.db;Cache=Shared", /\.NET: write sqlite:/],
    ["Data Source=hush.db", /\.NET: write sqlite:/],
    ["host=db dbname=shop user=app password=hush", /libpq: write a URL/],
    ["./hush.db", /path of a file: write sqlite: before it/],
    ["/data/hush.sqlite3", /path of a file: write sqlite: before it/],
    ["postgres+unix://app:hush@/run/postgresql", /\+unix in the scheme is not supported/],
  ] as const) {
    const read = readUrl(text);
    assert.ok("refusal" in read, text);
    assert.match(read.refusal, advice);
    assert.doesNotMatch(read.refusal, /hush/);
  }
});
