import type { SettingInForce } from "./describe-settings.ts";

interface Report {
  readonly file: string | null;
  readonly settings: readonly SettingInForce[];
  readonly warnings: readonly string[];
  readonly notes: readonly string[];
}

/** The longest value that pushes the column of sources to the right. */
const widest = 50;

/** Formats the settings in force for people: one line each, with the place that set it. */
export function formatSettings({ file, settings, warnings, notes }: Report): string {
  const rows = settings.map((setting) => [setting.key, textOf(setting.value), describeSource(setting)] as const);
  const keys = Math.max(...rows.map(([key]) => key.length));
  const values = Math.min(widest, Math.max(...rows.map(([, value]) => value.length)));
  const lines = rows.map(([key, value, source]) => `${key.padEnd(keys)}  ${value.padEnd(values)}  ${source}`);
  return [
    `configuration: ${file ?? "no file, only the environment"}`,
    ...lines,
    ...warnings.map((warning) => `warning: ${warning}`),
    ...notes.map((note) => `for --upgrade: ${note}`),
    "",
  ].join("\n");
}

/** As YAML would be written on one line. */
function textOf(value: unknown): string {
  return typeof value === "string" && /^[\w./@:*][\w./@:*?=&%+-]*$/.test(value) ? value : JSON.stringify(value);
}

function describeSource({ source, file, line, variables = [] }: SettingInForce): string {
  const names = variables.join(" and ");
  switch (source) {
    case "file":
      return `${file}${line === undefined ? "" : `:${line}`}${names === "" ? "" : `, from ${names}`}`;
    case "variable":
      return names;
    case "package.json":
      return "package.json";
    case "convention":
      return "DATABASE_URL and ./migrations stand for it";
    case "default":
      return "default";
  }
}
