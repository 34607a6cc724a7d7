import { object, withDefault } from "../shapes/shape.ts";
import { choice } from "../shapes/values.ts";

export const log = object("seaworthy's own log on stderr. The app's output passes through unchanged.", {
  format: withDefault(
    choice("`human` for people, `json` for machines, `auto`: human on a terminal, JSON elsewhere.", [
      "auto",
      "human",
      "json",
    ]),
    "auto",
  ),
  level: withDefault(choice("The least severe events to write.", ["debug", "info", "warn", "error"]), "info"),
});
