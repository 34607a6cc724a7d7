/** What an engine can promise. The manual's table of engines is made from it, so each engine answers every question. */
export interface Promises {
  /** `Postgres` */
  readonly title: string;
  /** The servers on which it was tested. */
  readonly tested: string;
  readonly answers: Readonly<Record<Promised, Answer>>;
}

export interface Answer {
  readonly kept: "yes" | "partly" | "no";
  /** How it is kept, or why not. A sentence without its full stop. */
  readonly how: string;
}

export const promised = {
  lock: "One upgrade at a time, and the lock ends with its holder",
  fence: "Without the lock, nothing is recorded",
  atomic: "A migration and its record are one transaction",
  resume: "Killed at any instant, the next run ends well",
  modules: "Migrations in JavaScript",
  gentle: "A migration waits a limited time for locks",
  blocker: "The session that blocks a migration is named",
  cancel: "An interruption cancels the running statement",
  leftovers: "Statements that a killed tool left running are found",
  announced: "Instances see the end of an upgrade at once",
  instances: "Contract migrations wait for older instances",
  pooler: "It works behind a transaction pooler",
  lint: "`--plan` lints migrations",
  hidden: "The hashes of finished statements are hidden from the app",
} as const;

type Promised = keyof typeof promised;
