import { countOf } from "../kernel/count.ts";
import type { ReadSession } from "../kernel/database.ts";
import { ExitCode, Failure } from "../kernel/failure.ts";
import { tools } from "./tools/all.ts";
import { describeTable, isTableOf, ownTables, readCatalogue, type FoundTable } from "./tools/table/catalogue.ts";
import { dialects, parseTable, type TableName } from "./tools/table/dialects.ts";
import { toolHistory, type ToolHistory } from "./tools/table/tool-history.ts";
import { migrationFiles } from "./tools/files/file-patterns.ts";
import type { DatabaseKind, Tool, WantedMigration } from "./tools/tool.ts";
import { refuseMissing, type FileTree } from "./tools/files/file-tree.ts";

export interface OwnHistoryReader {
  /** `schema.table` */
  readonly table: string;
  readonly history: ToolHistory;
}

export interface DetectOptions {
  readonly tree: FileTree;
  readonly database: DatabaseKind;
  readonly table: TableName | undefined;
  readonly onFound: (sentence: string) => void;
  readonly own: OwnHistoryReader | undefined;
}

/** A tool that the files in the image may belong to. */
export interface Candidate {
  /** The value for `history:`. */
  readonly name: string;
  readonly title: string;
  readonly migrations: number;
  /** Whether the contents of the files show it, and not only their names. */
  readonly isSure: boolean;
  /** Picks its table from the found tables. */
  readonly tableIn: (found: readonly FoundTable[]) => FoundTable | undefined;
  readonly history: (table: FoundTable | undefined) => ToolHistory;
}

/**
 * Finds the tool by the files in the image, and by the tables and columns in the database. Reads the files now, and the
 * database at each look until the table exists. Throws a Failure (78) if no tool has such files. A look throws one if
 * several tools match.
 */
export function detectHistory(options: DetectOptions): ToolHistory {
  const candidates = findCandidates(options);
  if (candidates.length === 0) {
    refuseMissing(options.tree);
    throw new Failure(
      ExitCode.configuration,
      `cannot tell which migration tool ${options.tree.folder} belongs to: no known tool has such files. Check \`migrations:\`, or name the tool with \`history: NAME\`.`,
    );
  }
  let settled: ToolHistory | undefined;
  let lastReported: string | undefined;
  const detect = async (session: ReadSession) => {
    const found = await readCatalogue(session, dialects[options.database], tableNames(options));
    const choice = choose(candidates, found);
    const table = choice.tableIn(found);
    const sentence = describe(choice, table, options.tree.folder);
    if (sentence !== lastReported) options.onFound(sentence);
    lastReported = sentence;
    const history = choice.history(table);
    if (table !== undefined) settled = history;
    return history;
  };
  return { read: async (session) => (settled ?? (await detect(session))).read(session) };
}

function describe({ title, migrations }: Candidate, table: FoundTable | undefined, folder: string): string {
  const place = table === undefined ? "its table does not exist yet" : `its table ${describeTable(table)}`;
  return `found ${title}: ${countOf(migrations, "migration")} in ${folder}, and ${place}`;
}

/** The candidate that matches files and tables best. Throws a Failure (78) if several match equally. */
export function choose(candidates: readonly Candidate[], found: readonly FoundTable[]): Candidate {
  const hasTable = (candidate: Candidate) => candidate.tableIn(found) !== undefined;
  const groups = [
    candidates.filter((one) => one.isSure && hasTable(one)),
    // The evidence is equal: a table may be left over, and files may only look like another tool's.
    candidates.filter((one) => one.isSure !== hasTable(one)),
    candidates,
  ];
  const [choice, ...others] = groups.find((group) => group.length > 0) ?? [];
  if (choice !== undefined && others.length === 0) return choice;
  const names = [choice, ...others]
    .filter((one) => one !== undefined)
    .map((one) => describeCandidate(one, one.tableIn(found)));
  throw new Failure(
    ExitCode.configuration,
    `cannot tell which migration tool is meant: it may be ${names.join(" or ")}. Name it with \`history: NAME\`.`,
  );
}

function describeCandidate({ name, isSure }: Candidate, table: FoundTable | undefined): string {
  const files = isSure ? "its files" : "files with names like its own";
  return `${name} (${files}${table === undefined ? "" : `, and its table ${describeTable(table)}`})`;
}

function findCandidates({ tree, database, table, own }: DetectOptions): readonly Candidate[] {
  const foreign = tools.flatMap((tool): readonly Candidate[] => {
    const wanted = tool.tables[database] === undefined ? [] : tool.files(tree, database);
    const isSure = bearsSign(tool.sign, tree, wanted);
    if (wanted.length === 0 || (tool.sign.always === true && !isSure)) return [];
    return [
      {
        name: tool.name,
        title: tool.title,
        migrations: wanted.length,
        isSure,
        tableIn: (found) => tableOf(tool, database, table, found),
        history: (home) => toolHistory({ tool, database, wanted, table: table ?? home }),
      },
    ];
  });
  const ownFiles = migrationFiles({ pattern: /^(.+)\.(?:sql|[cm]?js)$/, except: /\.down\./ })(tree);
  if (own === undefined || ownFiles.length === 0) return foreign;
  const ownTable = parseTable(own.table);
  return [
    ...foreign,
    {
      name: "seaworthy",
      title: "seaworthy's own history",
      migrations: ownFiles.length,
      isSure: bearsSign({ text: /^\s*(?:--|\/\/)\s*seaworthy\s*:/m }, tree, ownFiles),
      tableIn: (found) => found.find((one) => one.schema === ownTable.schema && one.table === ownTable.table),
      history: () => own.history,
    },
  ];
}

function tableOf(
  tool: Tool,
  database: DatabaseKind,
  table: TableName | undefined,
  found: readonly FoundTable[],
): FoundTable | undefined {
  if (table === undefined) return ownTables(tool, dialects[database], found).table;
  const isNamed = (one: FoundTable) =>
    one.table === table.table && (table.schema === undefined ? one.visible : one.schema === table.schema);
  return found.find((one) => isNamed(one) && isTableOf(tool, one));
}

/** How many of the first and of the last files to read: the team or the tool may have changed in between. */
const sampleSize = 3;

function bearsSign(sign: Tool["sign"], tree: FileTree, wanted: readonly WantedMigration[]): boolean {
  if (sign.file !== undefined && tree.files.some((file) => sign.file?.test(file))) return true;
  if (sign.text === undefined) return false;
  const files = wanted.map(({ file }) => file).filter((file) => file !== undefined);
  const sample = new Set([...files.slice(0, sampleSize), ...files.slice(-sampleSize)]);
  return [...sample].some((file) => sign.text?.test(tree.read(file)));
}

function tableNames({ database, table, own }: DetectOptions): readonly string[] {
  if (table !== undefined) return [table.table];
  const names = tools.map((tool) => tool.tables[database]).concat(own?.table);
  return names.filter((name) => name !== undefined).map((name) => parseTable(name).table);
}
