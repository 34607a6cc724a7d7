import { isOfTool, type Dependency } from "./dependency.ts";
import type { Hook } from "../hooks/run-hooks.ts";

/** The command of a migration tool, and the schemas that it migrates. */
export interface Tool {
  /** `upgrade.migrate`, or `dependencies.NAME.migrate` */
  readonly key: string;
  readonly hook: Hook;
  /** Its schemas' names. Empty if nothing tells which migrations it has. */
  readonly schemas: readonly string[];
}

/**
 * The tools in the order in which they run: `upgrade.migrate` for the schemas without a command of their own, then the
 * others in the order of the configuration.
 */
export function findTools(dependencies: readonly Dependency[], migrate: Hook | undefined): readonly Tool[] {
  const ofTools = dependencies.filter(isOfTool);
  const shared = ofTools.filter(({ settings }) => settings.migrate === undefined).map(({ name }) => name);
  const common = migrate === undefined ? [] : [{ key: "upgrade.migrate", hook: migrate, schemas: shared }];
  const own = ofTools.flatMap(({ name, settings: { migrate: hook } }) =>
    hook === undefined ? [] : [{ key: `dependencies.${name}.migrate`, hook, schemas: [name] }],
  );
  return [...common, ...own];
}
