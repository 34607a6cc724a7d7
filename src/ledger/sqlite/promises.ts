import type { Promises } from "../promises.ts";

export const promises: Promises = {
  title: "SQLite",
  tested: "SQLite 3.53, which is part of seaworthy, in WAL and in rollback mode",
  answers: {
    lock: {
      kept: "yes",
      how: "SQLite's lock on an empty file beside the database. It does not keep the app or its tool from writing, and works between containers of one machine",
    },
    fence: { kept: "yes", how: "the process that holds the lock is the one that writes" },
    atomic: { kept: "yes", how: "except with the directive `no-transaction`" },
    resume: {
      kept: "yes",
      how: "with `no-transaction`: from the first statement that is not done. A `VACUUM` that was done without its record runs again",
    },
    modules: { kept: "yes", how: "in one transaction" },
    gentle: {
      kept: "yes",
      how: "`busy_timeout`, with retries. SQLite has one writer: while a migration runs, the app's writers wait, and in rollback mode its readers too once the migration is larger than SQLite's cache",
    },
    blocker: { kept: "partly", how: "the process, from /proc/locks, if it is in the same container" },
    cancel: { kept: "yes", how: "the process that runs the statement is ended, which rolls back" },
    leftovers: { kept: "yes", how: "there are none: a statement ends with its process" },
    announced: { kept: "no", how: "a file announces nothing. Instances poll" },
    instances: {
      kept: "yes",
      how: "each instance reports every 30 s to `app.db-seaworthy-instances`, a file beside the database. Its user needs to write to it and to the folder, or it is not seen, and says so",
    },
    pooler: { kept: "yes", how: "there is none" },
    lint: {
      kept: "partly",
      how: "statement by statement without a grammar, by a short list of rules. `--plan` says “linted without a grammar”",
    },
    hidden: {
      kept: "no",
      how: "who can read the file can read them. They are deleted when the migration is finished",
    },
  },
};
