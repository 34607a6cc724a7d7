import type { MysqlDialect } from "../dialect.ts";
import type { Found, Inspection } from "../inspection.ts";
import { placeOf } from "../place.ts";
import { describeOpening } from "../unclosed.ts";
import { settingsOf, type MysqlSetting } from "./setting.ts";
import { mysqlStatements, type MysqlStatement } from "./statements.ts";
import { mysqlTokens } from "./tokens.ts";

/**
 * Finds the first reason why a file would not run as its author means it: a transaction, a lock or another database that
 * would also apply to seaworthy's record, a command of MySQL's client, or a quote that is never closed.
 */
export function inspectMysql(sql: string, dialect: MysqlDialect): Inspection {
  const directive = directiveIn(sql, dialect);
  if (directive !== undefined) return { refused: { ...placeOf(sql, directive.index), reason: directive.reason } };
  let isModeKnown = true;
  for (const statement of mysqlStatements(sql, dialect)) {
    const settings = statement.words[0] === "SET" ? settingsOf(statement.sql, dialect) : [];
    const found =
      unclosedIn(sql, statement) ??
      clientCommandIn(sql, statement) ??
      sessionChangeIn(statement) ??
      settingIn(sql, statement, settings) ??
      lastStatementIn(statement, dialect) ??
      (isModeKnown ? undefined : backslashIn(statement, dialect));
    if (found !== undefined) return { refused: { ...placeOf(sql, found.index), reason: found.reason } };
    isModeKnown &&= settings.every((setting) => keepsDialect(setting, dialect));
  }
  return {};
}

/** The health check reads directives without knowing the database, so it knows no `#`. */
function directiveIn(sql: string, dialect: MysqlDialect): Found | undefined {
  const match = /^[ \t]*#+[ \t]*seaworthy[ \t]*:/im.exec(sql);
  if (match === null) return undefined;
  const [first] = mysqlTokens(sql, dialect);
  if (first !== undefined && first.index < match.index) return undefined;
  return {
    index: match.index,
    reason: "a directive begins with `--`, as in `-- seaworthy: contract 2.0.0`. Write it so.",
  };
}

function unclosedIn(sql: string, { unclosed: index, needsDelimiter, ...statement }: MysqlStatement): Found | undefined {
  if (needsDelimiter === true) return { index: statement.index, reason: packageBody };
  return index === undefined ? undefined : { index, reason: `${describeOpening(sql, index)} is never closed.` };
}

function clientCommandIn(sql: string, { index, words, backslash }: MysqlStatement): Found | undefined {
  if (words[0] === "SOURCE")
    return { index, reason: "SOURCE is a command of MySQL's client. Put the statements of that file here." };
  if (backslash === undefined) return undefined;
  const command = sql.slice(backslash, backslash + 2);
  const fix = command === "\\N" ? "Write NULL" : "Remove it, or write SQL in its place";
  return {
    index: backslash,
    reason: `${command} is a command of MySQL's client, which no server understands. ${fix}.`,
  };
}

/** Statements that affect the session beyond the migration, and so its record. */
function sessionChangeIn({ sql, index, words }: MysqlStatement): Found | undefined {
  const [first = "", second = ""] = words;
  const refuse = (what: string, why: string): Found => ({
    index,
    reason: `${what} inside a migration. Remove it: ${why}.`,
  });
  switch (first) {
    case "BEGIN":
      return second === "NOT" ? undefined : refuse("BEGIN", ownCommit);
    case "START":
      return second === "TRANSACTION" ? refuse("START TRANSACTION", ownCommit) : undefined;
    case "COMMIT":
    case "ROLLBACK":
    case "SAVEPOINT":
    case "XA":
      return refuse(first, ownCommit);
    case "RELEASE":
      return second === "SAVEPOINT" ? refuse("RELEASE SAVEPOINT", ownCommit) : undefined;
    case "LOCK":
    case "UNLOCK":
      return refuse(
        `${first} ${second}`.trim(),
        "seaworthy could not write its record (mysqldump has --skip-add-locks)",
      );
    case "FLUSH":
      return /\bWITH\s+READ\s+LOCK\b|\bFOR\s+EXPORT\b/i.test(sql)
        ? refuse("FLUSH TABLES with a lock", "seaworthy could not write its record")
        : undefined;
    case "USE":
      return refuse(
        "USE",
        "a migration that is resumed begins in the URL's database. Write the database before each table's name",
      );
    case "KILL":
      return /\bCONNECTION_ID\s*\(/i.test(sql)
        ? refuse("KILL of its own connection", "it ends the session that works")
        : undefined;
    case "LOAD":
      return /^LOAD\s+(?:DATA|XML)\s+(?:LOW_PRIORITY\s+|CONCURRENT\s+)?LOCAL\b/i.test(sql)
        ? {
            index,
            reason:
              "LOAD DATA LOCAL reads a file that only MySQL's client sends. Write INSERT statements, or load the rows in a hook.",
          }
        : undefined;
    default:
      return undefined;
  }
}

const ownCommit = "every statement of a migration is committed on its own, with the record that it is done";
const packageBody =
  "a package of MariaDB has no end that can be found without a DELIMITER. Put `DELIMITER //` before it, and `//` after it.";

/** Functions that tell about the statement before: here, that is one of seaworthy's. A stored program has its own. */
function lastStatementIn({ sql, index, isProgram }: MysqlStatement, dialect: MysqlDialect): Found | undefined {
  if (isProgram === true || !/ROW_COUNT|FOUND_ROWS/i.test(sql)) return undefined;
  let name: Found | undefined;
  for (const token of mysqlTokens(sql, dialect)) {
    const text = sql.slice(token.index, token.end);
    if (name !== undefined && text === "(") return name;
    const isMeant = token.kind === "word" && /^(?:ROW_COUNT|FOUND_ROWS)$/i.test(text);
    const reason = `${text}() inside a migration tells about seaworthy's record, which is written before. Count with a SELECT, or in a stored procedure.`;
    name = isMeant ? { index: index + token.index, reason } : undefined;
  }
  return undefined;
}

function settingIn(
  sql: string,
  { index, words }: MysqlStatement,
  settings: readonly MysqlSetting[],
): Found | undefined {
  if (words[0] === "SET" && words[1] === "STATEMENT") return { index, reason: setStatement };
  if (/^SET\s+(?:SESSION|LOCAL)\s+TRANSACTION\b.*\bREAD\s+ONLY\b/is.test(sql)) return { index, reason: readOnly };
  for (const { name, value } of settings) {
    if (/^(?:tx|transaction)_read_only$/.test(name) && !["0", "off", "false"].includes(value))
      return { index, reason: readOnly };
    if (name === "autocommit") return { index, reason: `SET autocommit inside a migration. Remove it: ${ownCommit}.` };
    if (name === "completion_type")
      return { index, reason: `SET completion_type inside a migration. Remove it: ${ownCommit}.` };
    if (name === "transaction")
      return { index, reason: `SET TRANSACTION has no effect here: ${ownCommit}. Remove it.` };
    const isEncoding = name === "names" || name === "character_set_client";
    // ASCII text is the same in every encoding.
    if (isEncoding && !isUnicode(value, sql) && /[^\0-\x7F]/.test(sql)) return { index, reason: encoding };
  }
  return undefined;
}

const readOnly = "a migration cannot be READ ONLY: its record is written in the same session. Leave it out.";
const setStatement =
  "SET STATEMENT … FOR inside a migration. Write SET SESSION before the statement: what a migration sets ends with it.";
const encoding = "the file is read and sent as UTF-8, whatever SET NAMES says. Remove it, or set utf8mb4.";

/** A value in a variable restores an earlier encoding, as the end of a dump does. */
function isUnicode(value: string, sql: string): boolean {
  if (value.startsWith("@") || value === "utf8mb4" || value === "default") return true;
  return /^utf8(?:mb3)?$/.test(value) && !/[\u{10000}-\u{10FFFF}]/u.test(sql);
}

/** Whether text after this setting is read by the same rules. */
function keepsDialect({ name, value }: MysqlSetting, { ansiQuotes, backslashEscapes }: MysqlDialect): boolean {
  if (name !== "sql_mode") return true;
  if (!/^[\w,\s]*$/.test(value)) return false;
  const modes = value.toUpperCase().split(/\s*,\s*/);
  const isAnsi = modes.some((mode) => mode === "ANSI" || mode === "ANSI_QUOTES");
  return isAnsi === ansiQuotes && modes.includes("NO_BACKSLASH_ESCAPES") === !backslashEscapes;
}

/** Only a backslash in quotes is read differently: so long as there is none, every sql_mode finds the same statements. */
function backslashIn({ sql, index }: MysqlStatement, dialect: MysqlDialect): Found | undefined {
  for (const token of mysqlTokens(sql, dialect)) {
    if (token.kind === "quoted" && sql.slice(token.index, token.end).includes("\\"))
      return { index: index + token.index, reason: backslashAfterMode };
  }
  return undefined;
}

const backslashAfterMode =
  "a backslash in quotes, after a SET of sql_mode that may change its meaning. Write the text without a backslash, or set sql_mode to a list of modes with the server's own ANSI_QUOTES and NO_BACKSLASH_ESCAPES.";
