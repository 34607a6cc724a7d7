import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { parseSync, Visitor, type Argument, type CallExpression, type Expression } from "oxc-parser";
import type { FailureFields } from "../../src/kernel/failure.ts";
import { sourceFiles } from "./documentation-imports.ts";
import { root } from "./paths.ts";

/** A log event, found in the source code. */
export interface LogEvent {
  readonly level: string;
  /** `…` replaces the parts that differ from line to line. */
  readonly message: string;
  readonly fields: readonly string[];
  /** The folder in src/ that writes it. */
  readonly room: string;
}

/** Descriptions of messages that the code computes, by the expression. */
const computed: Readonly<Record<string, string>> = {
  warning: "a doubtful value in the configuration, the environment or a URL",
  "`${name}: ${sentence}`": "a finding about a dependency, such as its history with `history: auto`",
  gap: "the reason why a database is not checked",
  "error.message": "why it failed. Lines below it say more",
  "error.stack": "the stack trace of an internal error",
  "warning.message": "a warning from Node itself",
  "messageOf(error)": "the reason why a process cannot be started",
  "`${name}: ${notLookedLately.reason}`": "a dependency was not looked at for two intervals",
  "`${spec.name}: ${state} → ${next}`": "a process changes its state",
  "`${state} → ${next}`": "the container changes its state",
  "`[${label}] ${line}`": "a line that a hook, a migration tool or a program printed",
};

/** The fields of an event that says why an upgrade or another mode failed. */
const failureFields: Readonly<Record<keyof FailureFields | "details", string>> = {
  event: "`migration-failed`, `hook-failed`, or `failed` if nothing more is known than the message",
  details: "lines below the message: the place with a caret, or further problems",
  migration: "the migration that failed",
  file: "the path of its file",
  line: "the line of the statement that failed, from 1",
  column: "the column, in characters from 1",
  statement: "the start of the statement, with `?` for each value",
  sqlState: "the five characters of the SQLSTATE, also from MySQL and SQLite",
  detail: "the server's own detail. It may quote the key of a row",
  hint: "the server's own hint",
  applied: "the migrations that this upgrade has applied before. They are kept",
  rolledBack: "the migration of which nothing is left",
  committed: "the migration of which some statements may be committed: the next `--upgrade` resumes it",
  notRun: "the migrations that were to come after it",
  hook: "the hook's key, such as `upgrade.before[0]`",
  nextStep: "what to do",
};

/** Every other field, except `time`, `level`, `logger` and `message`. */
const fieldMeaning: Readonly<Record<string, string>> = {
  address: "the address on which a process listens",
  attempt: "the number of attempts so far",
  code: "the exit code of the process",
  database: "the database that is upgraded",
  dependency: "the dependency's name",
  event: "the name of the event",
  doing: "what it does now: whom it waits for, or how far it is",
  durationMs: "the duration in milliseconds",
  exitCode: "the code that seaworthy exits with",
  hook: "the hook's program",
  index: "the name of the index",
  left: "the number of migrations that are still to apply",
  migration: "the migration's name",
  migrations: "the number of migrations",
  origin: "the source of the URL, such as a variable's name",
  outcome: "`done` or `nothing to do`",
  pid: "the process's id",
  place: "host and port, or socket",
  process: "the process's name in `processes:`, or `the app`",
  role: "the database role of the upgrade",
  seconds: "for how long it runs",
  signal: "the signal that was received",
  state: "the new state",
  url: "the address of the health endpoint",
};

const levels = new Set(["debug", "info", "warn", "error"]);

/** Every call of the log in src/ and entrypoint/. Throws if a call's message or fields are unclear. */
export function logEvents(files = sourceFiles()): readonly LogEvent[] {
  return files.flatMap((file) => eventsOf(relative(root, file), readFileSync(file, "utf8")));
}

export function eventsOf(file: string, source: string): readonly LogEvent[] {
  const [top = "", folder = ""] = file.split("/");
  const events: LogEvent[] = [];
  const literals = new Map<string, Expression>();
  const calls: CallExpression[] = [];
  new Visitor({
    VariableDeclarator: ({ id, init }) => {
      if (id.type === "Identifier" && init?.type === "ObjectExpression") literals.set(id.name, init);
    },
    CallExpression: (call) => void calls.push(call),
  }).visit(parseSync(file, source).program);
  for (const call of calls) {
    const level = levelOf(call);
    const [message, fields] = call.arguments;
    if (level === undefined || message === undefined) continue;
    const text = (node: Argument) => source.slice(node.start, node.end);
    events.push({
      level,
      message: messageOf(message, text, file),
      fields: fieldsOf(fields?.type === "Identifier" ? literals.get(fields.name) : fields, `${file}: ${text(message)}`),
      room: top === "src" ? folder : top,
    });
  }
  return events;
}

/** `log.info(…)` and `options.log.info(…)`. */
function levelOf({ callee }: CallExpression): string | undefined {
  if (callee.type !== "MemberExpression" || callee.property.type !== "Identifier") return undefined;
  const { object, property } = callee;
  const name = object.type === "MemberExpression" ? object.property : object;
  return name.type === "Identifier" && name.name === "log" && levels.has(property.name) ? property.name : undefined;
}

function messageOf(node: Argument, text: (node: Argument) => string, file: string): string {
  const described = computed[text(node)];
  if (described !== undefined) return `_${described}_`;
  const words =
    node.type === "TemplateLiteral"
      ? node.quasis
          .map(({ value }) => value.cooked)
          .join("…")
          .replaceAll(/…+/g, "…")
      : node.type === "Literal" && typeof node.value === "string"
        ? node.value
        : "";
  if (!/[a-z]{2,}/i.test(words))
    throw new Error(`${file}: describe ${text(node)} in docker/build/documentation-logs.ts (computed)`);
  return words;
}

function fieldsOf(node: Argument | Expression | undefined, place: string): readonly string[] {
  if (node === undefined) return [];
  if (node.type === "CallExpression" && node.callee.type === "Identifier" && node.callee.name === "fieldsOf")
    return ["exitCode"];
  if (node.type !== "ObjectExpression") throw new Error(`${place}: pass the fields as an object literal`);
  return node.properties.map((property) => {
    if (property.type !== "Property" || property.key.type !== "Identifier")
      throw new Error(`${place}: name each field of the log line`);
    const { name } = property.key;
    if (!(name in fieldMeaning))
      throw new Error(`describe the field ${name} in docker/build/documentation-logs.ts (fieldMeaning)`);
    return name;
  });
}

/** The topics of the page, with the folders whose events belong to them. */
const topics: readonly (readonly [title: string, rooms: readonly string[]])[] = [
  ["Processes", ["supervisor"]],
  ["Upgrades", ["upgrade", "ledger", "hooks"]],
  ["Health and dependencies", ["health", "dependencies", "histories"]],
];
const otherTopic = "Start, modes and failures";

/** The events by topic. They are sorted by their text: moving code does not change the page. */
export function eventsByTopic(events = logEvents()): ReadonlyMap<string, readonly LogEvent[]> {
  const topicOf = ({ room }: LogEvent) => topics.find(([, rooms]) => rooms.includes(room))?.[0] ?? otherTopic;
  const once = new Map(events.map((event) => [`${topicOf(event)} ${event.level} ${event.message}`, event]));
  const sorted = [...once.values()].toSorted((a, b) => (a.message < b.message ? -1 : 1));
  return new Map(
    [...topics.map(([title]) => title), otherTopic].map((title) => [
      title,
      sorted.filter((event) => topicOf(event) === title),
    ]),
  );
}

/** The fields of all events, with their meanings. */
export function usedFields(events = logEvents()): readonly (readonly [name: string, meaning: string])[] {
  const used = new Set(events.flatMap(({ fields }) => fields));
  return Object.entries(fieldMeaning).filter(([name]) => used.has(name));
}

/** The fields of a failure's event, beside `exitCode`. */
export function fieldsOfFailures(): readonly (readonly [name: string, meaning: string])[] {
  return Object.entries(failureFields);
}
