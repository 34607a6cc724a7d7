import type { Promises } from "../promises.ts";

export const promises: Promises = {
  title: "MySQL, MariaDB",
  tested: "MariaDB 10.11. MySQL 8 was not tested",
  answers: {
    lock: {
      kept: "yes",
      how: "`GET_LOCK`, in the session that works. It belongs to one server: with Galera or several primaries, let `upgrade.url` lead to one of them",
    },
    fence: { kept: "yes", how: "`IS_USED_LOCK(…) = CONNECTION_ID()` in each record" },
    atomic: {
      kept: "no",
      how: "every change of the schema commits. Each statement is recorded by itself: one that changes rows, in its own transaction; one that changes the schema, before and after it",
    },
    resume: {
      kept: "partly",
      how: "from the first statement that is not done, with the variables of the session. The definitions tell whether a change of the schema is done. Where they cannot tell, as for a `CALL` that has committed, the migration is `dirty`, and the failure says what to look at. Tables must be InnoDB",
    },
    modules: {
      kept: "partly",
      how: "in one transaction, until a statement changes the schema. After an interruption, the module runs again, and what is done is not sent again; if it then asks for other things, it is `dirty`",
    },
    gentle: {
      kept: "yes",
      how: "`lock_wait_timeout` and `innodb_lock_wait_timeout`, in whole seconds and at least one, with retries. The app's queries queue behind an ALTER for no longer. An ALTER that copies its table blocks writers until it ends",
    },
    blocker: {
      kept: "partly",
      how: "with the right PROCESS: from InnoDB's lock waits; for a table's definition from performance_schema on MySQL, and from METADATA_LOCK_INFO on MariaDB. Without them, the oldest open transaction is named, with “perhaps”",
    },
    cancel: { kept: "yes", how: "`KILL QUERY` from another connection" },
    leftovers: { kept: "partly", how: "only statements that change the schema: sessions have no name" },
    announced: { kept: "no", how: "there are no notifications. Instances poll" },
    instances: {
      kept: "yes",
      how: "each instance reports every 30 s. Its role needs INSERT, UPDATE and DELETE on `seaworthy_instances`, or it is not seen, and says so",
    },
    pooler: {
      kept: "partly",
      how: "only behind one that keeps the session of a `GET_LOCK` to its client. ProxySQL has to be told",
    },
    lint: {
      kept: "partly",
      how: "statement by statement without a grammar, by a short list of rules. `--plan` says “linted without a grammar”",
    },
    hidden: {
      kept: "no",
      how: "a user with rights to the database reads all its tables. They are deleted when the migration is finished",
    },
  },
};
