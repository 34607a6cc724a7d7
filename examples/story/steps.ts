import { promised } from "../../src/ledger/promises.ts";
import type { Database } from "./databases.ts";
import {
  seeApp,
  seeHealth,
  seeHealthTurn,
  seePending,
  seeStatus,
  seeStop,
  seeUpgrade,
  seeWatch,
  type Seen,
} from "./observe.ts";
import type { Stage } from "./stage.ts";

export interface Step {
  readonly name: string;
  /** Tells people what happens. */
  readonly sentence: string;
  /** Plays the step and yields each observation. Output goes to `onLine`. */
  readonly play: (stage: Stage, onLine: (line: string) => void) => AsyncIterable<Seen>;
}

const oldMigrations = ["0001_create_products", "0002_fill_the_shelves"];
const newMigrations = ["0003_add_stock", "0004_count_stock", "0005_create_orders"];
const oldProducts = "rope, lantern, compass";
const newProducts = "rope (8), lantern (11), compass (11)";

/** A rolling deploy from version 1 to version 2 of an app, as an orchestrator does it. */
export const stepsOn = (database: Database): readonly Step[] => [
  {
    name: "v1 is upgraded",
    sentence: "v1 is deployed to an empty database. One upgrade creates its tables.",
    async *play(stage, onLine) {
      yield await seeUpgrade(stage, "v1", oldMigrations, onLine);
    },
  },
  {
    name: "v1 runs",
    sentence: "v1 starts, finds its tables, and is healthy.",
    async *play(stage) {
      const v1 = await stage.start("v1");
      yield await seeHealth(stage, "v1", 200);
      yield await seeApp(stage, "v1", 200, oldProducts);
      stage.watch(v1);
    },
  },
  {
    name: "v2 starts before its migration",
    sentence:
      "v2 starts before its migrations have run. Its health check lists the missing migrations and tells you what to do.",
    async *play(stage) {
      await stage.start("v2");
      yield await seePending(stage, "v2", newMigrations);
      const note = "No user sees this error: the health check says 503, so v2 gets no requests.";
      yield await seeApp(stage, "v2", 500, database.noStock, note);
      yield await seeHealth(stage, "v1", 200);
      yield await seeApp(stage, "v1", 200, oldProducts);
    },
  },
  {
    name: "v2 is upgraded",
    sentence: "The deployment runs one upgrade while v1 serves.",
    async *play(stage, onLine) {
      yield await seeUpgrade(stage, "v2", newMigrations, onLine);
    },
  },
  {
    name: "v2 turns healthy",
    sentence: `v2 becomes healthy by itself, within ${isAnnounced(database) ? "a second" : "two seconds"}. v1 continues undisturbed.`,
    async *play(stage) {
      yield await seeHealthTurn(stage, "v2", {
        since: stage.last("v2", ["--upgrade"]).endedAt() ?? 0,
        ...(isAnnounced(database) ? { atMostMs: 1000, notes: [] } : { atMostMs: 2000, notes: [whyLater(database)] }),
      });
      yield await seeApp(stage, "v2", 200, newProducts);
      yield await seeHealth(stage, "v1", 200);
      yield await seeStatus(stage, "v1");
      yield await seeWatch(stage, "v1");
    },
  },
  {
    name: "v1 starts again",
    sentence: "If v2 fails, you roll back to v1. It starts on the newer database too.",
    async *play(stage) {
      yield await seeStop(stage, "v1", "exit 41");
      await stage.start("v1");
      yield await seeHealth(stage, "v1", 200);
      yield await seeApp(stage, "v1", 200, oldProducts);
    },
  },
  {
    name: "v2 is stopped",
    sentence: "v2 is asked to stop. It exits with its app's exit code.",
    async *play(stage) {
      yield await seeStop(stage, "v2", "exit 42");
    },
  },
];

/** Whether instances see the end of an upgrade at once. */
function isAnnounced({ promises }: Database): boolean {
  return promises.answers.announced.kept === "yes";
}

function whyLater({ title, promises }: Database): string {
  return `Not promised on ${title}: "${promised.announced}", because ${promises.answers.announced.how}.`;
}
