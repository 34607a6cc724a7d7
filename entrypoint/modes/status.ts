import type { WatchedDependency } from "../../src/health/monitor.ts";
import { ExitCode } from "../../src/kernel/failure.ts";
import type { Observation } from "../../src/kernel/observation.ts";
import type { Context } from "../context.ts";
import { prepareDependencies, watchDependencies } from "../dependencies.ts";
import { openLookSessions } from "../sessions.ts";

interface StatusCommand {
  readonly json: boolean;
  readonly configPath?: string;
}

interface StatusRow extends Observation {
  readonly name: string;
  readonly kind: string;
}

/** Looks once at every dependency, as the health check does. Exit 0 when all are compatible, else 1. */
export async function status({ json, configPath }: StatusCommand, context: Context): Promise<number> {
  const { settings } = await context.loadSettings({ configPath, forUpgrade: false });
  const prepared = await prepareDependencies(settings, context.workingDirectory);
  const rows = await Promise.all(
    watchDependencies(prepared, settings.app, openLookSessions(settings.app)).map(lookOnce),
  );
  const compatible = rows.every(({ verdict }) => verdict === "compatible");
  const { name, version = null } = settings.app;
  context.print(
    context.redact(
      json
        ? `${JSON.stringify({ app: { name, version }, compatible, dependencies: rows }, null, 2)}\n`
        : formatTable(rows),
    ),
  );
  return compatible ? ExitCode.ok : ExitCode.failed;
}

async function lookOnce({ name, kind, look }: WatchedDependency): Promise<StatusRow> {
  return { name, kind, ...(await look()) };
}

function formatTable(rows: readonly StatusRow[]): string {
  if (rows.length === 0) return "no dependencies are configured: nothing can be incompatible\n";
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
