import { basename } from "node:path";
import type { ToolState } from "../../../kernel/tool-state.ts";
import { StatementError, type Row, type ReadSession } from "../../../kernel/database.ts";
import { unlessTableIsMissing } from "../../../kernel/missing-table.ts";
import { findEngine } from "../../../ledger/engines.ts";
import { describeTable, ownTables, readCatalogue } from "./catalogue.ts";
import { dialects, parseTable, type Dialect, type TableName } from "./dialects.ts";
import { headsQuery, lockQuery, readRowsAnswer, rowsQuery, type RowsAnswer } from "./rows-query.ts";
import type { DatabaseKind, RowsTool, Settled, Tool, WantedMigration } from "../tool.ts";

export interface ToolHistory {
  /** Writes and locks nothing. A missing table means that nothing is applied. Other refusals are StatementErrors. */
  readonly read: (session: ReadSession) => Promise<ToolState>;
}

export interface ToolHistoryOptions {
  readonly tool: Tool;
  readonly database: DatabaseKind;
  /** At least one, in order. */
  readonly wanted: readonly WantedMigration[];
  /** The history's table. Default: the tool's usual table, or else a matching table that the session finds. */
  readonly table?: TableName | undefined;
}

export function toolHistory({ tool, database, wanted, table }: ToolHistoryOptions): ToolHistory {
  const dialect = dialects[database];
  const usual = tool.tables[database];
  let home = table ?? (usual === undefined ? undefined : parseTable(usual));
  const ask = tool.records === "rows" ? askForRows(tool, wanted, dialect) : askForHeads(tool, wanted, dialect);
  const nothing = { missing: wanted, latest: undefined };

  const settle = async (session: ReadSession): Promise<Settled & { readonly hint?: string | undefined }> => {
    if (home === undefined) return nothing;
    const settled = await unlessTableIsMissing(ask(session, home));
    if (settled !== undefined) return settled;
    const own = ownTables(tool, dialect, await readCatalogue(session, dialect, [home.table]));
    if (table !== undefined || own.table === undefined)
      return {
        ...nothing,
        hint: hintAt(tool, home, own.elsewhere) ?? (table === undefined ? tool.otherPlace?.[database] : undefined),
      };
    home = own.table;
    return (await unlessTableIsMissing(ask(session, home))) ?? nothing;
  };

  return {
    async read(session) {
      const { missing, latest, failed, hint } = await settle(session);
      const behind = missing.length > 0 && failed === undefined;
      return {
        missing: missing.map(({ name }) => name),
        needed: wanted.at(-1)?.name ?? "nothing",
        latest: wanted.find(({ keys }) => latest !== undefined && keys.includes(latest))?.name ?? latest,
        dirty:
          failed &&
          `${tool.title} recorded ${failed.name} as failed or unfinished. ${tool.repair?.(failed.name) ?? ""}`.trim(),
        upgrading: behind ? await upgradeAtWork(session, tool, dialect, home) : undefined,
        hint: hint ?? hintAtSquashed(tool, wanted, { missing, latest }),
      };
    },
  };
}

/** Migrations whose files are deleted cannot be run: says what to do instead. */
function hintAtSquashed(
  tool: Tool,
  wanted: readonly WantedMigration[],
  { missing: [missing], latest }: Pick<Settled, "missing" | "latest">,
): string | undefined {
  if (missing?.dump !== undefined) {
    const dump = basename(missing.dump);
    return latest === undefined
      ? `The files of some are deleted, and ${dump} stands for them: ${tool.loadDump} loads it into an empty database.`
      : `The files of some are deleted, and ${dump} is for empty databases: upgrade this one first with a version of the app that has the files.`;
  }
  const isFirst = missing !== undefined && missing === wanted[0];
  if (!isFirst || latest === undefined || wanted.some(({ keys }) => keys.includes(latest))) return undefined;
  const fix = tool.squashed?.(missing.name);
  return fix && `If ${missing.name} stands for older migrations that this database already has, ${fix}`;
}

function hintAt(tool: Tool, home: TableName, elsewhere: readonly TableName[]): string | undefined {
  const others = elsewhere.filter(({ schema }) => schema !== home.schema).map(describeTable);
  if (others.length === 0) return undefined;
  return `There is no table ${describeTable(home)}; if ${others.join(" or ")} is this app's ${tool.title} history, set \`table:\` to it.`;
}

type Ask = (session: ReadSession, home: TableName) => Promise<Settled>;

function askForHeads(
  tool: Extract<Tool, { records: "heads" }>,
  wanted: readonly WantedMigration[],
  dialect: Dialect,
): Ask {
  return async (session, home) => {
    return tool.settle(await session.query(headsQuery(tool, dialect, home)), wanted);
  };
}

function askForRows(tool: RowsTool, wanted: readonly WantedMigration[], dialect: Dialect): Ask {
  /** The key under which a migration is recorded, if it may have several. Later looks ask only for this key. */
  const found = new Map<WantedMigration, string>();
  const keysOf = (migration: WantedMigration) => {
    const known = found.get(migration);
    return known === undefined ? migration.keys : [known];
  };
  const query = async (session: ReadSession, home: TableName) => {
    const keys = [...new Set(wanted.flatMap((migration) => [...keysOf(migration), ...(migration.replaces ?? [])]))];
    return readRowsAnswer(await session.query(rowsQuery(tool, dialect, home, keys, session.literal)));
  };
  return async (session, home) => {
    let answer = await query(session, home);
    if (wanted.some((migration) => found.has(migration) && !isApplied(tool, migration, keysOf(migration), answer))) {
      // It may now be recorded under another key, for example after a restored backup.
      found.clear();
      answer = await query(session, home);
    }
    for (const migration of wanted) {
      const key = keysOf(migration).find((one) => !answer.missing.has(one));
      if (key !== undefined) found.set(migration, key);
    }
    const missing = wanted.filter((migration) => !isApplied(tool, migration, keysOf(migration), answer));
    return {
      missing: missing.flatMap((migration) => replacedBy(migration, answer)),
      latest: answer.latest,
      // Only this image's migrations: an older image does not report the failures of a newer one.
      failed: missing.find(({ keys }) => keys.some((key) => answer.failed.has(key))),
    };
  };
}

function isApplied(
  tool: RowsTool,
  migration: WantedMigration,
  keys: readonly string[],
  { missing, baselines }: RowsAnswer,
): boolean {
  if (keys.some((key) => !missing.has(key))) return true;
  const { replaces = [] } = migration;
  if (replaces.length > 0 && replaces.every((key) => !missing.has(key))) return true;
  return baselines.some((baseline) => tool.baseline?.covers(baseline, migration));
}

/** If some of the replaced migrations are applied, the tool continues with the rest of them. */
function replacedBy(migration: WantedMigration, { missing }: RowsAnswer): readonly WantedMigration[] {
  const { replaces = [] } = migration;
  const rest = replaces.filter((key) => missing.has(key));
  return rest.length < replaces.length ? rest.map((key) => ({ name: key, keys: [key] })) : [migration];
}

/** Describes a running upgrade, found by the tool's own lock or by seaworthy's. */
async function upgradeAtWork(
  session: ReadSession,
  tool: Tool,
  dialect: Dialect,
  home: TableName | undefined,
): Promise<string | undefined> {
  const held = tool.records === "rows" && home ? await holder(session, tool, dialect, home) : undefined;
  return held ?? (await findEngine(dialect.kind))?.describeUpgrade(session);
}

/** Ignores a lock table that cannot be read. */
async function holder(
  session: ReadSession,
  tool: RowsTool,
  dialect: Dialect,
  home: TableName,
): Promise<string | undefined> {
  const sql = lockQuery(tool, dialect, home);
  if (sql === undefined) return undefined;
  const rows = await session.query(sql).catch((error: unknown): readonly Row[] => {
    if (error instanceof StatementError) return [];
    throw error;
  });
  if (rows.length === 0) return undefined;
  return `${tool.title}'s lock is taken: an upgrade is running, or has died. If none is running: ${tool.lock?.release}`;
}
