import { firstStatementsDone } from "../../kernel/count.ts";
import { describeDatabase } from "../steps/connect.ts";
import type { Plan, PlannedMigration } from "./plan.ts";

/** Formats the plan for people. */
export function formatPlan({
  databases,
  app,
  migrations,
  foreign,
  tools,
  regressions,
  hooks,
  drift,
  nothingToDo,
}: Plan): string {
  const way = `${app.name} ${app.from ?? "(no release)"} → ${app.to ?? "(no version)"}`;
  const places = databases.map((database) => `  in         ${describeDatabase(database)}`);
  if (nothingToDo) return `${[`${way}: nothing to do`, ...places].join("\n")}\n`;
  const before = hooks.filter((hook) => hook.startsWith("upgrade.before"));
  const after = hooks.filter((hook) => !hook.startsWith("upgrade.before"));
  const ofTools = Object.values(foreign).flat();
  const lines = [
    `${way}: ${migrations.length + ofTools.length} to apply`,
    ...places,
    ...drift.map(({ kind, name }) => `  REFUSED: ${name} was ${kind} after it was applied (see --accept-drift)`),
    ...regressions.map(({ reason }) => `  verify     ${reason}`),
    ...before.map((hook) => `  hook       ${hook}`),
    ...migrations.flatMap(describeMigration),
    ...Object.entries(foreign).flatMap(([name, names]) => [
      `  tool       dependencies.${name}: ${names.length} to apply by ${tools[name] ?? "a tool that no command runs"}`,
      ...names.map((one) => `             ${one}`),
    ]),
    ...after.map((hook) => `  hook       ${hook}`),
  ];
  return `${lines.join("\n")}\n`;
}

function describeMigration(migration: PlannedMigration): readonly string[] {
  const { name, path, size, tier, floor, outOfOrder, deferredBecause, findings, allowed } = migration;
  const notes = [
    formatSize(size),
    ...(floor === undefined ? [] : [`leaves apps from ${floor} on working`]),
    ...noteWay(migration),
    ...(outOfOrder ? ["out of order"] : []),
    ...noteBeginning(migration),
  ];
  return [
    `  ${tier.padEnd(9)}  ${name}  (${notes.join(", ")})`,
    ...(deferredBecause === undefined ? [] : [`             deferred: ${deferredBecause}`]),
    ...findings.flatMap(({ rule, line, column, message, safeWay }) => [
      `             ${path}:${line}:${column}: ${message} [${rule}]`,
      `               instead: ${safeWay}`,
    ]),
    ...allowed.flatMap(({ rule, line, column, message, reason }) => [
      `             ${path}:${line}:${column}: allowed: ${message} [${rule}]`,
      `               because: ${reason}`,
    ]),
  ];
}

function noteWay({ language, transaction, linted, grammar }: PlannedMigration): readonly string[] {
  if (language === "program") return ["a program"];
  const isPlain = linted && !grammar;
  return [...(transaction ? [] : ["no transaction"]), ...(isPlain ? ["linted without a grammar"] : [])];
}

function noteBeginning({ language, resumesAfter }: PlannedMigration): readonly string[] {
  if (resumesAfter === undefined) return [];
  return [language === "program" ? "begun: it is run again" : `begun: ${firstStatementsDone(resumesAfter)}`];
}

function formatSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 ** 2 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}
