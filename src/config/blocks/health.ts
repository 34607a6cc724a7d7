import { object, withDefault } from "../shapes/shape.ts";
import { number } from "../shapes/number-values.ts";
import { choice, flag, text } from "../shapes/values.ts";

export const health = object("The internal health endpoint.", {
  listen: withDefault(
    text("Address and port, or a unix socket. Port 0 takes a free port; the log names it.", {
      expected: "host:port with a port up to 65535, or unix:/path, as in 127.0.0.1:7979",
      pattern:
        /^(unix:\/.+|(\[[0-9a-fA-F:.]+\]|[^\s:[\]]+):([0-5]?\d{1,4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5]))$/,
      examples: ["127.0.0.1:7979", "0.0.0.0:7979", "unix:/run/seaworthy.sock"],
    }),
    "127.0.0.1:7979",
  ),
  details: withDefault(
    choice(
      "Which clients see more than the status: each dependency, needed and found, and what to run. `loopback`: only clients on this machine.",
      ["always", "loopback", "never"],
    ),
    "always",
  ),
  notifications: withDefault(
    flag(
      "While an upgrade is awaited, keep one connection open for each database, which announces its end. `false`: find it by polling.",
    ),
    true,
  ),
  connectionPercent: withDefault(
    number(
      "How many of the connections that a Postgres server allows, in percent, all instances together keep open for `notifications`. The others poll.",
      { unit: "percent", minimum: 0, maximum: 100 },
    ),
    10,
  ),
});
