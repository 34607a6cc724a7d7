import type { DependencySettings, Settings } from "../src/config/settings.ts";
import type { Kind, LookContext, LookSessions, PrepareContext } from "../src/dependencies/kinds/kind.ts";
import type { LookSession } from "../src/kernel/database.ts";
import type { Observation } from "../src/kernel/observation.ts";
import { schemaSource, type SchemaSource } from "../src/histories/schema-source.ts";

type SchemaSettings = Extract<DependencySettings, { readonly kind: "schema" }>;

/** Joins dependencies with the migrations of the image and with the histories that record them. */
export const schemaKind = {
  componentType: "datastore",
  endsItself: true,
  async prepare(settings: SchemaSettings, { key, workingDirectory, originOf, onFound }: PrepareContext) {
    const describeUrl = () => originOf(`${key}.url`);
    const source = await schemaSource({ key, describeUrl }, settings, workingDirectory, onFound);
    const openLook = async (context: LookContext) => {
      await context.sessions.loadDriver(settings.url);
      return lookAtSource({ settings, source }, context, context.sessions);
    };
    return { kind: "schema", settings, source, openLook } as const;
  },
} as const satisfies Kind<SchemaSettings, unknown>;

interface Schema {
  readonly settings: Pick<SchemaSettings, "url" | "migrate">;
  readonly source: SchemaSource;
}

export async function lookAtSource(
  { settings: { url, migrate }, source }: Schema,
  { appVersion, upgradeHint: hint }: Pick<LookContext, "appVersion" | "upgradeHint">,
  sessions: Pick<LookSessions, "any">,
): Promise<() => Promise<Observation>> {
  if (source.recordedBy === "seaworthy") {
    const { expandOnly } = await import("../src/migrations/tier.ts");
    const { lookAtSchema } = await import("../src/dependencies/looks/look-at-schema.ts");
    const { loadEngine } = await import("../src/ledger/engines.ts");
    const engine = await loadEngine(url);
    const wanted = expandOnly(source.migrations).map(({ name }) => name);
    const readHistory = (session: LookSession) => engine.readHistory(session, source.table, wanted);
    return () => lookAtSchema(sessions.any, { url, appVersion, wanted, readHistory });
  }
  const { lookAtToolSchema } = await import("../src/dependencies/looks/look-at-tool-schema.ts");
  const fix = migrate === undefined ? hint : runUpgrade;
  return () => lookAtToolSchema(sessions.any, { url, history: source.history, fix });
}

const runUpgrade = "Run this image once with --upgrade.";

/** Says how to run another tool's migrations, if the schema has no command of its own. */
export function upgradeHint({ upgrade }: Settings): string {
  return upgrade.migrate === undefined ? "Run the tool's migrations." : runUpgrade;
}
