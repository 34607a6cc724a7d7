import type { Loaded } from "../src/config/load.ts";
import type { Kind, PrepareContext } from "../src/dependencies/kinds/kind.ts";
import { ExitCode, extendFailure, Failure, isFailure } from "../src/kernel/failure.ts";
import type { Context } from "./context.ts";
import { kinds, type KindName, type PreparedAs, type SettingsOf } from "./kinds.ts";

/** A dependency whose settings and files are checked. The network was not used. */
export type PreparedDependency = { readonly name: string } & { [K in KindName]: PreparedAs<K> }[KindName];

/** For the compiler: pairs a kind that is known only at run time with its settings. */
const kindOf: { readonly [K in KindName]: Kind<SettingsOf<K>, PreparedAs<K>> } = kinds;

/** Throws a Failure (78) for a missing or empty folder, and for a range that cannot be read. */
export async function prepareDependencies(
  { settings, originOf }: Pick<Loaded, "settings" | "originOf">,
  {
    workingDirectory,
    log,
    addSecret,
    variables,
  }: Pick<Context, "workingDirectory" | "log" | "addSecret" | "variables">,
): Promise<readonly PreparedDependency[]> {
  const { app, dependencies } = settings;
  for (const one of Object.values(dependencies)) {
    for (const secret of secretsOf(one.kind, one)) addSecret(secret);
  }
  await checkLibpqVariables(settings, variables);
  if (app.ready !== undefined && app.ready !== false && "app" in dependencies) {
    throw new Failure(
      ExitCode.configuration,
      "dependencies.app has the name under which app.ready is shown. Give the dependency another name.",
    );
  }
  const prepared = await allOrFailure(
    Object.entries(dependencies).map(async ([name, one]): Promise<PreparedDependency> => {
      const onFound = (sentence: string) => log.info(`${name}: ${sentence}`);
      const context = { key: `dependencies.${name}`, app, workingDirectory, originOf, onFound };
      return { name, ...(await prepare(one.kind, one, context)) };
    }),
  );
  refuseSharedTable(prepared);
  return prepared;
}

/** Waits for all, and throws one Failure that has the problems of all that failed. */
async function allOrFailure<T>(preparing: readonly Promise<T>[]): Promise<readonly T[]> {
  const settled = await Promise.allSettled(preparing);
  const failures: Failure[] = [];
  for (const [index, one] of settled.entries()) {
    if (one.status === "fulfilled") continue;
    if (isFailure(one.reason)) failures.push(one.reason);
    // Throws the bug itself.
    else await preparing[index];
  }
  const [first, ...others] = failures;
  if (first !== undefined) {
    const details = others.flatMap(({ message, details }) => [message, ...details]);
    throw extendFailure(first, { details, cause: first });
  }
  return settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
}

/** Loaded only if there is a variable to check: few containers have one. */
async function checkLibpqVariables(
  { dependencies, upgrade }: Loaded["settings"],
  variables: Context["variables"],
): Promise<void> {
  const isChecked = /^PG(?:SSL|REQUIRE|GSS|TARGET|CHANNEL)/;
  if (!Object.keys(variables).some((name) => isChecked.test(name))) return;
  const urls = Object.values(dependencies).flatMap((one) =>
    "url" in one && one.kind !== "http" && one.url !== undefined ? [one.url] : [],
  );
  const { checkVariables } = await import("../src/platform/drivers/check-variables.ts");
  checkVariables(
    [...urls, upgrade.url, upgrade.ledger].filter((url) => url !== undefined),
    variables,
  );
}

function secretsOf<K extends KindName>(kind: K, settings: SettingsOf<K>): readonly string[] {
  return kindOf[kind].secretsOf?.(settings) ?? [];
}

function prepare<K extends KindName>(
  kind: K,
  settings: SettingsOf<K>,
  context: PrepareContext,
): Promise<PreparedAs<K>> {
  return kindOf[kind].prepare(settings, context);
}

/** If two folders share a history table, a name in both would count as applied when only one of them is. */
function refuseSharedTable(prepared: readonly PreparedDependency[]): void {
  // A single schema needs no check, and may have ten thousand migrations.
  if (prepared.filter(({ kind }) => kind === "schema").length < 2) return;
  const seen = new Map<string, string>();
  for (const dependency of prepared) {
    if (dependency.kind !== "schema" || dependency.source.recordedBy !== "seaworthy") continue;
    const { table, migrations } = dependency.source;
    for (const { name } of migrations) {
      const key = JSON.stringify([dependency.settings.url, table, name]);
      const other = seen.get(key);
      if (other !== undefined) {
        throw new Failure(
          ExitCode.configuration,
          `the migration ${name} is in both dependencies.${other} and dependencies.${dependency.name}, which share one history table. Give each its own \`table:\`, or rename the migration.`,
        );
      }
      seen.set(key, dependency.name);
    }
  }
}
