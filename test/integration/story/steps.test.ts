import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { makeImages } from "../../../examples/story/images.ts";
import { openStage, type Stage } from "../../../examples/story/stage.ts";
import { stepsOn } from "../../../examples/story/steps.ts";
import { processesIn } from "../../../examples/story/traces.ts";
import { createDatabase } from "../../harness/database.ts";
import { useMariadb } from "../../harness/mariadb.ts";
import { scratchPath } from "../../harness/scratch.ts";
import { players, type Player } from "./players.ts";

const oldProducts = "GET v1 /products → 200 rope, lantern, compass";
/** How each engine says that v2's column is missing. */
const missing: Readonly<Record<Player["name"], string | RegExp>> = {
  postgres: 'GET v2 /products → 500 column "stock" does not exist',
  // MariaDB 11 names the part of the statement otherwise.
  mariadb: /^GET v2 \/products → 500 Unknown column 'stock' in '(field list|SELECT)'$/,
  sqlite: "GET v2 /products → 500 no such column: stock",
};

/** The expected steps. They are repeated here, so that the story cannot come to expect less. */
const wantedOn = (name: Player["name"]): Readonly<Record<string, readonly (string | RegExp)[]>> => ({
  "v1 is upgraded": ["v1 --upgrade → exit 0"],
  "v1 runs": ["GET v1 /health → 200", oldProducts],
  "v2 starts before its migration": ["GET v2 /health → 503", missing[name], "GET v1 /health → 200", oldProducts],
  "v2 is upgraded": ["v2 --upgrade → exit 0"],
  "v2 turns healthy": [
    /^GET v2 \/health → 200, \d+ ms after the upgrade's end$/,
    "GET v2 /products → 200 rope (8), lantern (11), compass (11)",
    "GET v1 /health → 200",
    "v1 --status → exit 0",
    /^GET v1 \/health and \/products, since its start → 200, (\d+) times of \1$/,
  ],
  "v1 starts again": ["SIGTERM to v1 → exit 41", "GET v1 /health → 200", oldProducts],
  "v2 is stopped": ["SIGTERM to v2 → exit 42"],
});

const later = /^Not promised on \w+: "Instances see the end of an upgrade at once", because .*Instances poll\.$/m;

/** Other expected output. */
const toldOn = (name: Player["name"]): Readonly<Record<string, readonly RegExp[]>> => ({
  "v1 is upgraded": [/a backup/, /applied 0001_create_products .*applied 0002_fill_the_shelves/s, /upgraded shop/],
  "v2 starts before its migration": [
    /schema is behind: .*0003_add_stock, 0004_count_stock, 0005_create_orders\b.* --upgrade/,
  ],
  "v2 is upgraded": [
    /from 1\.0\.0 to 2\.0\.0: 3 to apply/,
    /0003_add_stock .*0004_count_stock .*0005_create_orders /s,
    /caches/,
  ],
  "v2 turns healthy": name === "postgres" ? [] : [later],
});

interface Opened {
  readonly url: string;
  readonly drop?: () => Promise<void>;
}

const mariadb = useMariadb();

/** An empty database on the tests' own server. */
const open: Readonly<Record<Player["name"], () => Promise<Opened>>> = {
  postgres: () => createDatabase(),
  mariadb: async () => ({ url: mariadb().url }),
  sqlite: async () => ({ url: `sqlite:${scratchPath("shop.db")}` }),
};

for (const { name, database, skip } of players) {
  suite(`each step of the story on ${database.title}`, { skip }, () => {
    const folder = mkdtempSync(join(tmpdir(), "seaworthy-test-steps-"));
    let opened: Opened;
    let stage: Stage;
    before(async () => {
      opened = await open[name]();
      const { signal } = new AbortController();
      stage = openStage({ images: makeImages(database, folder), databaseUrl: opened.url, folder, signal });
    });
    after(async () => {
      await stage.clear();
      await opened.drop?.();
      const left = processesIn(folder);
      // A child that keeps running would keep this test process alive.
      for (const { pid } of left) process.kill(pid, "SIGKILL");
      rmSync(folder, { recursive: true });
      assert.deepEqual(left, []);
    });

    for (const { name: step, play } of stepsOn(database)) {
      test(step, async () => {
        const lines: string[] = [];
        const answers: string[] = [];
        for await (const { asked, answered, notes = [], expected } of play(stage, (line) => lines.push(line))) {
          answers.push(`${asked} → ${answered}`);
          lines.push(...notes);
          assert.equal(expected, undefined, [...answers, ...lines].join("\n"));
        }
        const all = wantedOn(name)[step] ?? [];
        assert.equal(answers.length, all.length, answers.join("\n"));
        for (const [index, answer] of answers.entries()) {
          const want = all[index] ?? "";
          if (typeof want === "string") assert.equal(answer, want, lines.join("\n"));
          else assert.match(answer, want, lines.join("\n"));
        }
        for (const text of toldOn(name)[step] ?? []) assert.match(lines.join("\n"), text);
      });
    }
  });
}
