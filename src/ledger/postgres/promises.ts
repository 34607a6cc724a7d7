import type { Promises } from "../promises.ts";

export const promises: Promises = {
  title: "Postgres",
  tested: "Postgres 18",
  answers: {
    lock: { kept: "yes", how: "`pg_try_advisory_xact_lock` in a transaction on its own connection" },
    fence: { kept: "yes", how: "in each transaction, before its COMMIT" },
    atomic: { kept: "yes", how: "except with the directive `no-transaction`" },
    resume: {
      kept: "yes",
      how: "with `no-transaction`: from the first statement that is not done. What an interrupted `CONCURRENTLY` left is found",
    },
    modules: { kept: "yes", how: "in one transaction" },
    gentle: { kept: "yes", how: "`lock_timeout`, with retries" },
    blocker: { kept: "yes", how: "`pg_blocking_pids`" },
    cancel: { kept: "yes", how: "a cancel request" },
    leftovers: { kept: "yes", how: "by the session's name, or its role" },
    announced: { kept: "yes", how: "LISTEN, while they wait for an upgrade" },
    instances: {
      kept: "yes",
      how: "each instance reports every 30 s, also through a pooler and with a role that may only read",
    },
    pooler: { kept: "yes", how: "but instances then poll" },
    lint: { kept: "yes", how: "with Postgres's own grammar" },
    hidden: { kept: "yes", how: "only the upgrade's role may read them" },
  },
};
