import type { Promises } from "../promises.ts";

export const promises: Promises = {
  title: "SQLite",
  tested: "SQLite 3.53, which is part of seaworthy",
  answers: {
    lock: { kept: "yes", how: "SQLite's lock on `NAME-seaworthy-lock`, a file beside the database" },
    fence: { kept: "yes", how: "the lock is held by the process that writes" },
    atomic: { kept: "yes", how: "except with the directive `no-transaction`" },
    resume: {
      kept: "yes",
      how: "with `no-transaction`: from the first statement that is not done. `VACUUM` may run twice",
    },
    modules: { kept: "yes", how: "in one transaction" },
    gentle: { kept: "yes", how: "a busy timeout, with retries" },
    blocker: { kept: "partly", how: "the process, if it is in the same container" },
    cancel: { kept: "yes", how: "it ends the process that runs the statement" },
    leftovers: { kept: "yes", how: "a statement ends with its tool" },
    announced: { kept: "no", how: "there are no notifications. Instances look again" },
    instances: { kept: "no", how: "SQLite cannot tell who is alive" },
    pooler: { kept: "yes", how: "there is none" },
    lint: { kept: "no", how: "the linter has Postgres's grammar. `--plan` says “not linted”" },
    hidden: {
      kept: "no",
      how: "whoever reads the file reads all its tables. They are deleted when the migration is finished",
    },
  },
};
