import { object, optional, withDefault } from "../shapes/shape.ts";
import { number } from "../shapes/number-values.ts";
import { argv, text } from "../shapes/values.ts";

export const readinessChecks = {
  tcp: optional(text("host:port that accepts a connection.", { examples: ["127.0.0.1:9000"] })),
  http: optional(
    text("URL that answers with a status from 200 to 399.", {
      pattern: /^http:\/\//,
      expected: "a URL that starts with http://",
    }),
  ),
  socket: optional(text("Path of a unix socket that accepts a connection.", { examples: ["/run/php-fpm.sock"] })),
  file: optional(text("Path of a file that exists.")),
  command: optional(argv("Command that exits with 0.")),
} as const;

export const readiness = object(
  "When the process counts as ready. seaworthy checks this every 200 ms. Set exactly one, besides `timeoutSeconds`. Left out: processes `after` it do not wait, and health waits until it listens on a TCP port or a unix socket, for at most 30 s. `false`: health does not wait either. Default: `app.ready`, if that is `false`.",
  {
    ...readinessChecks,
    timeoutSeconds: withDefault(
      number("How long this may take, in seconds. After that, the process is stopped and counts as failed.", {
        unit: "seconds",
        minimum: 0.1,
        maximum: 86_400,
      }),
      60,
    ),
  },
);
