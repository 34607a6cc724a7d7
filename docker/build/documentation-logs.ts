import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { parseSync, Visitor, type Argument, type CallExpression, type Expression } from "oxc-parser";
import { sourceFiles } from "./documentation-imports.ts";
import { root } from "./paths.ts";

/** One kind of line that seaworthy writes, found where it is written. */
export interface LogEvent {
  readonly level: string;
  /** `…` stands for what differs from line to line. */
  readonly message: string;
  readonly fields: readonly string[];
  /** The room of the house that writes it. */
  readonly room: string;
}

/** What is logged where the code has no words of its own, by the expression that it logs. */
const computed: Readonly<Record<string, string>> = {
  warning: "what is doubtful in the configuration, the environment or a URL",
  "`${name}: ${sentence}`": "what was found out about a dependency, such as its history with `history: auto`",
  gap: "what is missing for a database to be checked",
  "error.message": "what an operator can act on, with the exit code",
  detail: "one detail of the line before",
  stack: "where an internal error comes from",
  "warning.message": "a warning of Node itself",
  "messageOf(error)": "why a process cannot be started",
  "String(second)": "why an `onFailure` hook failed",
  "`${name}: ${notLookedLately.reason}`": "a dependency was not looked at for two intervals",
  "`${spec.name}: ${state} → ${next}`": "a process changes its state",
  "`${state} → ${next}`": "the container changes its state",
  "`[${file}] ${line}`": "a line that a hook or `upgrade.migrate` printed",
};

/** Every field of a line, beside `time`, `level`, `logger` and `message`. */
const fieldMeaning: Readonly<Record<string, string>> = {
  attempt: "how often it was tried so far",
  code: "the exit code of the process",
  database: "the database that is upgraded",
  dependency: "the dependency's name",
  durationMs: "how long it took, in milliseconds",
  exitCode: "the code that seaworthy exits with",
  hook: "the program that is run",
  index: "the index",
  left: "how many migrations are still to apply",
  migration: "the migration's name",
  migrations: "how many migrations",
  origin: "where the URL was written, such as a variable's name",
  outcome: "`done` or `nothing to do`",
  pid: "the process's id",
  place: "host and port, or socket",
  process: "the process's name in `processes:`, else `the app`",
  role: "the role that the upgrade connects as",
  signal: "the signal that was received",
  state: "the new state",
  url: "where health is served",
};

const levels = new Set(["debug", "info", "warn", "error"]);

/** Every call of the log in src/ and entrypoint/. Throws for a call that no reader could make sense of. */
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
    throw new Error(`${file}: say in docker/build/documentation-logs.ts (computed) what ${text(node)} logs`);
  return words;
}

function fieldsOf(node: Argument | Expression | undefined, place: string): readonly string[] {
  if (node === undefined) return [];
  if (node.type !== "ObjectExpression") throw new Error(`${place}: pass the fields as an object literal`);
  return node.properties.map((property) => {
    if (property.type !== "Property" || property.key.type !== "Identifier")
      throw new Error(`${place}: name each field of the log line`);
    const { name } = property.key;
    if (!(name in fieldMeaning))
      throw new Error(`say in docker/build/documentation-logs.ts (fieldMeaning) what the field ${name} means`);
    return name;
  });
}

/** Rooms whose lines a reader meets together, and what they are about. */
const topics: readonly (readonly [title: string, rooms: readonly string[]])[] = [
  ["Processes", ["supervisor"]],
  ["Upgrades", ["upgrade", "ledger"]],
  ["Health and dependencies", ["health", "dependencies", "histories"]],
];
const otherTopic = "Start, modes and failures";

/** The events by topic, sorted by their text, so that moving code does not change the page. */
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

/** The fields that some event has, and what each means. */
export function usedFields(events = logEvents()): readonly (readonly [name: string, meaning: string])[] {
  const used = new Set(events.flatMap(({ fields }) => fields));
  return Object.entries(fieldMeaning).filter(([name]) => used.has(name));
}
