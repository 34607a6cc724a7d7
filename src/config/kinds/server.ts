import { object, required } from "../shapes/shape.ts";
import { databaseUrl } from "../shapes/url-values.ts";
import { common } from "./every-kind.ts";
import { range } from "./version-range.ts";

export const server = object("A database or cache server must have a version.", {
  url: required(
    databaseUrl("Connection URL. Its scheme is postgres, mysql, mariadb, redis, rediss, valkey or valkeys.", [
      "postgres",
      "mysql",
      "redis",
    ]),
  ),
  ...range,
  ...common,
});
