import { flags } from "../../src/cli/command.ts";
import { bodySchema } from "../../src/health/body-schema.ts";
import { metrics } from "../../src/health/metrics.ts";
import { statusOf } from "../../src/health/status.ts";
import { ExitCode } from "../../src/kernel/failure.ts";
import type { Verdict } from "../../src/kernel/observation.ts";
import { lintRules } from "../../src/lint/rules/rules.ts";
import { eventsByTopic, usedFields } from "./documentation-logs.ts";
import { optionSections, type OptionSection } from "./documentation-options.ts";

export function flagTable(): string {
  const rows = flags.map(({ name, value, describe, goesWith = [] }) => [
    `\`--${name}${value === undefined ? "" : ` ${value}`}\``,
    goesWith.map((mode) => `\`--${mode}\``).join(", "),
    `${describe}.`,
  ]);
  return table(["Flag", "Goes with", "Meaning"], rows);
}

export function lintTable(): string {
  const rows = lintRules.map(({ id, what, why, safeWay }) => [`\`${id}\``, `${what}. ${why}`, safeWay]);
  return table(["Rule", "What is found, and why", "Instead"], rows);
}

export function optionTables(): string {
  return optionSections().map(optionTable).join("\n");
}

function optionTable({ paths, variant, description, options }: OptionSection): string {
  const rows = options.map(({ key, allowed, whenLeftOut, variable, meaning }) => [
    `\`${key}\``,
    allowed,
    whenLeftOut,
    variable === "" ? "" : `\`${variable}\``,
    meaning,
  ]);
  const kind = variant === undefined ? "" : ` with \`${variant}\``;
  const title = paths.map((path) => `**\`${path}\`**`).join(", ");
  const heading = paths.includes("") ? "" : `${title}${kind}: ${description}\n\n`;
  return heading + table(["Key", "Allowed", "Left out", "Environment variable", "Meaning"], rows);
}

/** A code that is added there and not here does not compile. */
const exitCodeMeaning = {
  ok: "Done, or nothing to do; with `--status`, `--wait` and `--health`: compatible",
  failed: "A migration or a hook failed; with `--status` and `--health`: not compatible",
  workToDo: "`--plan`: there is work to do; with `--strict`: there are findings",
  usage: "Wrong usage: a flag that does not exist, or no command to run",
  unreachable: "A database cannot be reached",
  internal: "Internal error: a bug of seaworthy",
  gaveUp: "Gave up waiting: for the upgrade lock, for a lock that a migration needs, or with `--wait`",
  configuration: "Wrong configuration, or a migration that cannot be run or was changed; nothing was started",
  cannotRun: "The command is there, but cannot be run",
  notFound: "The command cannot be found",
  interrupted: "An upgrade was interrupted; or the app was stopped before it was ever healthy",
} as const satisfies Record<keyof typeof ExitCode, string>;

export function exitCodeTable(): string {
  const rows = Object.entries(ExitCode).map(([key, code]) => [
    String(code),
    `${exitCodeMeaning[key as keyof typeof ExitCode]}.`,
  ]);
  return table(["Code", "Meaning"], rows);
}

/** A verdict that is added there and not here does not compile. */
const verdictMeaning: Readonly<Record<Verdict, string>> = {
  compatible: "The dependency has what this image needs, or more",
  behind: "It has less than this image needs: an upgrade is due",
  outgrown: "It has moved on to where this image no longer works: a newer image is due",
  dirty: "A migration without a transaction was begun and not finished: `--upgrade` resumes it",
  upgrading: "An upgrade is at work",
  unreachable: "No answer",
  unreadable: "An answer, but no version could be read from it",
  unknown: "Not looked yet, or not for two intervals",
};

export function verdictTable(): string {
  const rows = Object.entries(verdictMeaning).map(([name, meaning]) => {
    const status = (wasCompatible: boolean) =>
      httpStatus(statusOf({ verdict: name as Verdict }, { critical: true, whenUnreachable: "warn", wasCompatible }));
    const [before, after] = [status(false), status(true)];
    return [
      `\`${name}\``,
      `${meaning}.`,
      before === after ? before : `${before} until first compatible, then ${after}`,
    ];
  });
  return table(["Verdict", "Meaning", "`/health`"], rows);
}

export function logTables(): string {
  return [...eventsByTopic()]
    .map(([topic, events]) => {
      const rows = events.map(({ level, message, fields }) => [
        level,
        message.replaceAll("\n", " "),
        fields.map((field) => `\`${field}\``).join(", "),
      ]);
      return `**${topic}**\n\n${table(["Level", "Message", "Fields"], rows)}`;
    })
    .join("\n");
}

export function logFieldTable(): string {
  return table(
    ["Field", "Meaning"],
    usedFields().map(([name, meaning]) => [`\`${name}\``, meaning]),
  );
}

export function metricTable(): string {
  const rows = Object.entries(metrics).map(([name, { type, help, labels }]) => [
    `\`seaworthy_${name}\``,
    type,
    labels.map((label) => `\`${label}\``).join(", "),
    help,
  ]);
  return table(["Metric", "Type", "Labels", "Meaning"], rows);
}

/** The keys of a health body, each with what the schema says of it. */
export function bodyTable(): string {
  const { properties, $defs } = bodySchema;
  const rowsOf = (under: string, keys: Readonly<Record<string, object>>) =>
    Object.entries(keys).map(([key, schema]) => {
      const meaning = "$ref" in schema ? $defs.status.description : "description" in schema ? schema.description : "";
      const values = ("enum" in schema && (schema.enum as readonly string[])) || [];
      const list = values.map((value) => `\`${value}\``).join(", ");
      return [`\`${under}${key}\``, [meaning, list === "" ? "" : `${list}.`].filter((part) => part !== "").join(" ")];
    });
  return table(
    ["Key", "Meaning"],
    [
      ...rowsOf("", properties),
      ...rowsOf("checks.NAME:version[0].", $defs.dependency.properties),
      ...rowsOf("checks.NAME:process[0].", $defs.process.properties),
    ],
  );
}

function httpStatus(status: ReturnType<typeof statusOf>): string {
  return `${status === "fail" ? 503 : 200} \`${status}\``;
}

/** A table in Markdown. Columns in which no row has anything are left out. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const used = head.map((_, column) => rows.some((row) => row[column] !== ""));
  const line = (cells: readonly string[]) =>
    `| ${cells
      .filter((_, column) => used[column])
      .map((cell) => cell.replaceAll("|", String.raw`\|`))
      .join(" | ")} |\n`;
  return line(head) + line(head.map(() => "---")) + rows.map(line).join("");
}
