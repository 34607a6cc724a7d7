import type { Session } from "../../../src/kernel/database.ts";

/** A session that notes what it would execute. Every query finds nothing. */
export function createRecorder(
  sent: string[],
  literal: Session["literal"],
  rows: Awaited<ReturnType<Session["query"]>> = [],
): Session {
  return {
    literal,
    query: async () => rows,
    execute: async (sql) => void sent.push(sql),
    queryWith: () => Promise.reject(new Error("not recorded")),
    isPooled: async () => false,
    cancel: async () => {},
    close: async () => {},
    lost: new Promise(() => {}),
  };
}
