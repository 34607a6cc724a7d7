import { ExitCode } from "../../src/kernel/failure.ts";
import type { Context } from "../context.ts";
import { failing, lookOnce, type Look } from "../look-once.ts";

interface StatusCommand {
  readonly json: boolean;
  readonly configPath?: string;
}

/** Looks once at every dependency, as the health check does. Exit 0 when all are compatible, else 1. */
export async function status({ json, configPath }: StatusCommand, context: Context): Promise<number> {
  const loaded = await context.loadSettings({ configPath, forUpgrade: false });
  const look = await lookOnce(loaded, context);
  const looks = await look();
  const compatible = failing(looks).length === 0;
  const { name, version = null } = loaded.settings.app;
  const gap = await loaded.describeGap();
  const warnings = gap === undefined ? [] : [gap];
  const report = { app: { name, version }, compatible, dependencies: looks, ...(warnings.length > 0 && { warnings }) };
  context.print(context.redact(json ? `${JSON.stringify(report, null, 2)}\n` : formatTable(looks, warnings)));
  return compatible ? ExitCode.ok : ExitCode.failed;
}

function formatTable(rows: readonly Look[], warnings: readonly string[]): string {
  if (rows.length === 0)
    return ["no dependencies are configured: nothing can be incompatible", ...warnings, ""].join("\n");
  const cells = rows.map(({ name, kind, needed = "-", found = "-", verdict }) => [name, kind, needed, found, verdict]);
  const all = [["DEPENDENCY", "KIND", "NEEDED", "FOUND", "VERDICT"], ...cells];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const reasons = rows.flatMap(({ name, reason }) => (reason === undefined ? [] : [`${name}: ${reason}`]));
  return [...lines, ...(reasons.length > 0 ? ["", ...reasons] : []), ""].join("\n");
}
