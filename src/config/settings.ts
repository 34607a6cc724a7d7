import { app } from "./blocks/app.ts";
import { health } from "./blocks/health.ts";
import { log } from "./blocks/log.ts";
import { processSettings } from "./blocks/processes.ts";
import { stop } from "./blocks/stop.ts";
import { upgrade } from "./blocks/upgrade.ts";
import { kinds } from "./kinds/kinds.ts";
import { object, optional, withDefault, type Infer } from "./shapes/shape.ts";
import { exitCodeMap, signalMap } from "./shapes/signal-values.ts";
import { argv, choice, flag, map, offOr, oneOfKinds, value } from "./shapes/values.ts";

/** The whole configuration: what is allowed, what it means, and what is assumed where nothing is said. */
export const settingsShape = object("Configuration of seaworthy, the container entrypoint.", {
  $schema: optional(value("Where an editor finds the schema of this file. Not read by seaworthy.")),
  app: withDefault(app, {}),
  run: optional(argv("Command to run when the container is started without one. CMD wins over it.")),
  dependencies: withDefault(
    map(
      "What the app depends on, by a name of your choice, and the version that it needs.",
      oneOfKinds("A dependency: its kind decides its other keys.", kinds),
    ),
    {},
  ),
  requireDependencies: optional(
    flag(
      "Whether there must be a dependency. `true`: without one nothing starts (78). `false`: none is fine. Left out: a warning, if a database or migrations were found and no dependency came of it.",
    ),
  ),
  upgrade: withDefault(upgrade, {}),
  start: withDefault(
    choice("When the app is started. `when-compatible`: it is held back until its dependencies are.", [
      "immediately",
      "when-compatible",
    ]),
    "immediately",
  ),
  processes: optional(
    map("Several processes instead of one command, by names of your choice.", processSettings, { minimum: 1 }),
  ),
  stop: withDefault(stop, {}),
  signals: withDefault(
    signalMap(
      "Signals that the app gets in another's place, as `{ TERM: QUIT, WINCH: none }`. Names with or without SIG, or numbers.",
    ),
    {},
  ),
  exitCodes: withDefault(exitCodeMap("Exit codes of the container in place of the app's, as `{ 143: 0 }`."), {}),
  health: withDefault(offOr(health), {}),
  log: withDefault(log, {}),
});

type ReadSettings = Infer<typeof settingsShape>;

/** The configuration as the program uses it: read, checked, and completed. */
export interface Settings extends Omit<ReadSettings, "app"> {
  readonly app: ReadSettings["app"] & { readonly name: string };
}
export type ProcessSettings = NonNullable<Settings["processes"]>[string];
export type DependencySettings = Settings["dependencies"][string];
