import { ExitCode } from "../../src/kernel/failure.ts";
import type { Context } from "../context.ts";
import { findLiveInstances, type Fleet } from "../live-instances.ts";
import { failing, lookOnce, type Look } from "../look-once.ts";

interface StatusCommand {
  readonly json: boolean;
  readonly fleet: boolean;
  readonly configPath?: string;
}

/** Looks once at every dependency, as the health check does. Exit 0 when all are compatible, else 1. */
export async function status({ json, fleet, configPath }: StatusCommand, context: Context): Promise<number> {
  const loaded = await context.loadSettings({ configPath, forUpgrade: false });
  const look = await lookOnce(loaded, context);
  const looks = await look();
  const compatible = failing(looks).length === 0;
  const live = fleet ? await findLiveInstances(loaded, context) : undefined;
  const { name, version = null } = loaded.settings.app;
  const gap = await loaded.describeGap();
  const warnings = gap === undefined ? [] : [gap];
  const report = {
    app: { name, version },
    compatible,
    dependencies: looks,
    ...(live && { fleet: live }),
    ...(warnings.length > 0 && { warnings }),
  };
  const text = () => `${formatLooks(looks, warnings)}${live === undefined ? "" : `\n${formatFleet(live)}`}`;
  context.print(context.redact(json ? `${JSON.stringify(report, null, 2)}\n` : text()));
  return compatible ? ExitCode.ok : ExitCode.failed;
}

function formatLooks(rows: readonly Look[], warnings: readonly string[]): string {
  if (rows.length === 0)
    return ["no dependencies are configured: nothing can be incompatible", ...warnings, ""].join("\n");
  const cells = rows.map(({ name, kind, needed = "-", found = "-", verdict }) => [name, kind, needed, found, verdict]);
  const lines = alignColumns([["DEPENDENCY", "KIND", "NEEDED", "FOUND", "VERDICT"], ...cells]);
  const reasons = rows.flatMap(({ name, reason }) => (reason === undefined ? [] : [`${name}: ${reason}`]));
  return [...lines, ...(reasons.length > 0 ? ["", ...reasons] : []), ""].join("\n");
}

function formatFleet(databases: readonly Fleet[]): string {
  if (databases.length === 0) return "no database records live instances: no dependency of kind schema or release\n";
  return databases.map(formatInstances).join("\n");
}

function formatInstances({ database, versions, problem }: Fleet): string {
  const title = `live instances in ${database}: ${versions.reduce((sum, { count }) => sum + count, 0)}`;
  if (problem !== undefined) return `live instances in ${database}: unknown: ${problem}\n`;
  if (versions.length === 0) return `${title}\n`;
  const cells = versions.map(({ version = "-", count, since, hosts }) => {
    const more = count > hosts.length ? `, and ${count - hosts.length} more` : "";
    return [version, String(count), since, hosts.join(", ") + more];
  });
  return [title, ...alignColumns([["VERSION", "COUNT", "SINCE", "HOSTS"], ...cells]), ""].join("\n");
}

function alignColumns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
