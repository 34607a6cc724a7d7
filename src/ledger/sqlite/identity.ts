import { basename } from "node:path";
import type { ReadSession } from "../../kernel/database.ts";
import type { Comparison, Identity } from "../identity.ts";

/** A database file, as the driver describes it (src/platform/drivers/sqlite/functions.ts). */
export interface FilePlace {
  /** All links followed. */
  readonly path: string;
  /** Null if the file does not exist yet. */
  readonly inode: string | null;
  readonly user: number;
}

export async function readPlace(session: ReadSession): Promise<FilePlace> {
  const [row] = await session.query("SELECT seaworthy_place() AS place");
  return JSON.parse(String(row?.["place"])) as FilePlace;
}

export async function identify(session: ReadSession): Promise<Identity> {
  return identityOf(await readPlace(session));
}

function identityOf({ path, user }: FilePlace): Identity {
  return { database: basename(path), role: `user ${user}`, schema: "main" };
}

export async function compareDatabases(session: ReadSession, health: ReadSession): Promise<Comparison> {
  const [ours, theirs] = [await readPlace(session), await readPlace(health)];
  const isSame = ours.inode === null ? ours.path === theirs.path : ours.inode === theirs.inode;
  return {
    ours: identityOf(ours),
    theirs: identityOf(theirs),
    difference: isSame ? undefined : `One database is the file ${ours.path}, the other is ${theirs.path}`,
  };
}
