import { object, optional, required, withDefault } from "../shapes/shape.ts";
import { number } from "../shapes/number-values.ts";
import { argv, commandOr, map, text, value } from "../shapes/values.ts";

const commandSettings = object("A command with its own settings.", {
  command: required(argv("The command, as a list of words.")),
  timeoutSeconds: optional(
    number("How long it may run, in seconds. After that, it is stopped and counts as failed. Default: no limit.", {
      unit: "seconds",
      minimum: 0.1,
      maximum: 86_400,
    }),
  ),
  workdir: optional(text("Working directory. Default: the container's.")),
  environment: withDefault(map("Variables that only this command gets.", value("The variable's value.")), {}),
});

/** A command that an upgrade runs: a list of words, or a map with its settings. */
export const upgradeCommand = (description?: string) => commandOr(commandSettings, description);
