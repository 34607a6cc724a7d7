import { flags } from "../../src/cli/command.ts";
import { bodySchema } from "../../src/health/body-schema.ts";
import { metrics } from "../../src/health/metrics.ts";
import { statusOf } from "../../src/health/status.ts";
import { ExitCode } from "../../src/kernel/failure.ts";
import type { Verdict } from "../../src/kernel/observation.ts";
import type { LintRule } from "../../src/lint/rules/rule.ts";
import { eventsByTopic, fieldsOfFailures, usedFields } from "./documentation-logs.ts";
import { optionSections, type OptionSection } from "./documentation-options.ts";

export function flagTable(): string {
  const rows = flags.map(({ name, value, describe, goesWith = [] }) => [
    `\`--${name}${value === undefined ? "" : ` ${value}`}\``,
    goesWith.map((mode) => `\`--${mode}\``).join(", "),
    `${describe}.`,
  ]);
  return table(["Flag", "Goes with", "Meaning"], rows);
}

export function lintTable(rules: readonly LintRule[]): string {
  const rows = rules.map(({ id, what, why, safeWay }) => [`\`${id}\``, `${what}. ${why}`, safeWay]);
  return table(["Rule", "Finding and reason", "Instead"], rows);
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
  return heading + table(["Key", "Allowed", "Default", "Environment variable", "Meaning"], rows);
}

/** The compiler reports a code of ExitCode that is missing here. */
const exitCodeMeaning = {
  ok: "Done, or nothing to do. With `--lint`: no findings. With `--status`, `--wait` and `--health`: compatible. With `--check-config`: valid",
  failed: "A migration or a hook failed. With `--status` and `--health`: not compatible",
  workToDo: "With `--plan`: there is work to do. With `--strict` and `--lint`: there are findings",
  usage: "Wrong usage: a flag that does not exist, or no command to run",
  unreachable: "A database cannot be reached",
  internal: "Internal error: a bug of seaworthy",
  gaveUp: "Gave up waiting for the upgrade lock, for a lock that a migration needs, or with `--wait`",
  configuration: "Wrong configuration, or a migration that cannot be run or was changed. Nothing was started",
  cannotRun: "The command exists but cannot be run",
  notFound: "The command cannot be found",
  interrupted: "An upgrade was interrupted, or the app was stopped before it was ever healthy",
} as const satisfies Record<keyof typeof ExitCode, string>;

export function exitCodeTable(): string {
  const rows = Object.entries(ExitCode).map(([key, code]) => [
    String(code),
    `${exitCodeMeaning[key as keyof typeof ExitCode]}.`,
  ]);
  return table(["Code", "Meaning"], rows);
}

/** The compiler reports a verdict that is missing here. */
const verdictMeaning: Readonly<Record<Verdict, string>> = {
  compatible: "The dependency has everything that this image needs",
  behind: "The dependency is too old for this image: run an upgrade",
  outgrown: "The dependency is too new for this image: deploy a newer image",
  dirty: "A migration without a transaction was started and not finished: `--upgrade` resumes it",
  upgrading: "An upgrade is running",
  unreachable: "The dependency does not answer",
  unreadable: "The dependency answers, but without a readable version",
  unknown: "No look has completed yet, or none for two intervals",
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

export function failureFieldTable(): string {
  return table(
    ["Field", "Meaning"],
    fieldsOfFailures().map(([name, meaning]) => [`\`${name}\``, meaning]),
  );
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

/** The keys of a health body, with their descriptions in the schema. */
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

/** A table in Markdown. Leaves out columns that are empty in every row. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const used = head.map((_, column) => rows.some((row) => row[column] !== ""));
  const line = (cells: readonly string[]) =>
    `| ${cells
      .filter((_, column) => used[column])
      .map((cell) => cell.replaceAll("|", String.raw`\|`))
      .join(" | ")} |\n`;
  return line(head) + line(head.map(() => "---")) + rows.map(line).join("");
}
