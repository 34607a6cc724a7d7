import assert from "node:assert/strict";
import { databases, type Database } from "../../../examples/story/databases.ts";
import { lacksMariadb } from "../../harness/mariadb.ts";
import type { RunningStory } from "../../harness/story.ts";

export interface Player {
  /** The value of `--database`. */
  readonly name: keyof typeof databases;
  readonly database: Database;
  /** Why this machine cannot play it, or false. */
  readonly skip: string | false;
  /** A part of the command line of what runs with the database: its server, or else an instance. */
  readonly process: string;
}

export const players: readonly Player[] = [
  { name: "postgres", database: databases.postgres, skip: false, process: "/postgres " },
  { name: "mariadb", database: databases.mariadb, skip: lacksMariadb() ?? false, process: "/mariadbd " },
  { name: "sqlite", database: databases.sqlite, skip: false, process: "/seaworthy.cjs" },
];

export const lastSentence = "Everything that was started is gone.";

export function assertNothingIsLeft(story: RunningStory): void {
  assert.doesNotMatch(story.output(), /killed now/, "the story had to kill a process that it could have stopped");
  assert.deepEqual(story.processes(), [], story.output());
  assert.deepEqual(story.files(), [], story.output());
}
