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

/** The whole configuration: allowed values, descriptions and defaults. */
export const settingsShape = object("Configuration of seaworthy, the container entrypoint.", {
  $schema: optional(value("Schema of this file, for editors. seaworthy does not read it.")),
  app: withDefault(app, {}),
  run: optional(argv("Command to run if the container is started without one. A CMD takes precedence.")),
  dependencies: withDefault(
    map(
      "The app's dependencies, each under a name of your choice, with the version that the app needs.",
      oneOfKinds("A dependency: its kind decides its other keys.", kinds),
    ),
    {},
  ),
  requireDependencies: optional(
    flag(
      "Whether the app must have a dependency. `true`: exit 78 without one. `false`: allow none. Left out: warn if there is none although a database or migrations were found.",
    ),
  ),
  upgrade: withDefault(upgrade, {}),
  start: withDefault(
    choice("When seaworthy starts the app. `when-compatible`: once its dependencies are compatible.", [
      "immediately",
      "when-compatible",
    ]),
    "immediately",
  ),
  processes: optional(
    map("Several processes instead of one command, each under a name of your choice.", processSettings, { minimum: 1 }),
  ),
  stop: withDefault(stop, {}),
  signals: withDefault(
    signalMap(
      "Signals that the app gets in place of others, such as `{ TERM: QUIT, WINCH: none }`. Names with or without SIG, or numbers.",
    ),
    {},
  ),
  exitCodes: withDefault(exitCodeMap("Exit codes of the container in place of the app's, such as `{ 143: 0 }`."), {}),
  health: withDefault(offOr(health), {}),
  log: withDefault(log, {}),
});

type ReadSettings = Infer<typeof settingsShape>;

/** The validated configuration, with defaults filled in. */
export interface Settings extends Omit<ReadSettings, "app"> {
  readonly app: ReadSettings["app"] & { readonly name: string };
}
export type ProcessSettings = NonNullable<Settings["processes"]>[string];
export type DependencySettings = Settings["dependencies"][string];
