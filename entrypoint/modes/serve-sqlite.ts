import { ExitCode } from "../../src/kernel/failure.ts";
import { serveSqlite, type SqliteRequest } from "../../src/platform/drivers/sqlite/server.ts";
import { endWithParent } from "../../src/platform/processes/end-with-parent.ts";

/** Writes to a SQLite database for the upgrade that has started this process, and ends with it. */
export function serveRequests(): Promise<number> {
  endWithParent();
  const { answer, close } = serveSqlite();
  process.on("message", (request) => {
    // If the parent has ended meanwhile, nobody waits for the answer.
    process.send?.(answer(request as SqliteRequest), () => {});
  });
  return new Promise((resolve) => {
    process.on("disconnect", () => {
      close();
      resolve(ExitCode.ok);
    });
    // The parent has ended before there was a listener.
    if (!process.connected) resolve(ExitCode.ok);
  });
}
