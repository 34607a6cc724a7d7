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
  $schema: optional(value("Schema of this file, for editors. seaworthy does not read it.")),
  app: withDefault(app, {}),
  run: optional(argv("Command to run if the container is started without one. A CMD takes precedence.")),
  dependencies: withDefault(
    map(
      "What the app depends on, each under a name of your choice, and the version that it needs.",
      oneOfKinds("A dependency: its kind decides its other keys.", kinds),
    ),
    {},
  ),
  requireDependencies: optional(
    flag(
      "Whether there must be a dependency. `true`: exit 78 if there is none. `false`: none is fine. Left out: a warning if there is none, although a database or migrations were found.",
    ),
  ),
  upgrade: withDefault(upgrade, {}),
  start: withDefault(
    choice("When the app is started. `when-compatible`: not before its dependencies are compatible.", [
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

/** The configuration as the program uses it: read, checked, and completed. */
export interface Settings extends Omit<ReadSettings, "app"> {
  readonly app: ReadSettings["app"] & { readonly name: string };
}
export type ProcessSettings = NonNullable<Settings["processes"]>[string];
export type DependencySettings = Settings["dependencies"][string];
