import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { createEnvironment } from "../../src/config/environment.ts";
import { describeMissingIngredient } from "../../src/config/ingredients.ts";
import { scratchPath } from "../harness/scratch.ts";

interface Scene {
  readonly variables?: Readonly<Record<string, string>>;
  readonly dotenv?: Readonly<Record<string, string>>;
  readonly folders?: readonly string[];
  readonly path?: string;
}

function gapOf({ variables = {}, dotenv = {}, folders = [], path }: Scene): string | undefined {
  const workingDirectory = scratchPath("app");
  mkdirSync(workingDirectory);
  for (const folder of folders) mkdirSync(join(workingDirectory, folder), { recursive: true });
  const environment = createEnvironment(variables, dotenv, () => {});
  return describeMissingIngredient({ environment, workingDirectory, path })?.replaceAll(workingDirectory, "HERE");
}

const secret = "a-secret-value";
const url = `postgres://shop:${secret}@db/shop`;

describe("a database without migrations, or the reverse, is reported with the searched places", () => {
  for (const [title, scene, expected] of [
    [
      "DATABASE_URL, and no folder",
      { variables: { DATABASE_URL: url } },
      /DATABASE_URL is set, but there is no folder HERE\/migrations\. No configuration file was found in HERE or \/etc\/seaworthy\./,
    ],
    ["DATABASE_URL in .env", { dotenv: { DATABASE_URL: url } }, /DATABASE_URL is set, but there is no folder/],
    ["a secret that cannot be read", { variables: { DATABASE_URL_FILE: "/no/such/file" } }, /DATABASE_URL is set, but/],
    [
      "an empty DATABASE_URL, and the folder",
      { variables: { DATABASE_URL: "" }, folders: ["migrations"] },
      /the folder HERE\/migrations exists, but DATABASE_URL is empty\./,
    ],
    [
      "an empty DATABASE_URL alone",
      { variables: { DATABASE_URL: "" } },
      /DATABASE_URL is empty, and there is no folder HERE\/migrations/,
    ],
    [
      "the folder alone",
      { folders: ["migrations"] },
      /the folder HERE\/migrations exists, but DATABASE_URL is not set\./,
    ],
    [
      "another tool's folder",
      { folders: ["prisma/migrations"] },
      /the folder HERE\/prisma\/migrations exists, but DATABASE_URL is not set, and there is no folder HERE\/migrations\..*`history: prisma`/,
    ],
    [
      "DATABASE_URL, and another tool's folder",
      { variables: { DATABASE_URL: url }, folders: ["db/migrate"] },
      /DATABASE_URL is set and the folder HERE\/db\/migrate exists, but there is no folder HERE\/migrations\..*`history: rails`/,
    ],
    [
      "libpq's variables",
      { variables: { PGHOST: "db", PGDATABASE: secret } },
      /PGHOST, PGDATABASE are set, but DATABASE_URL is not set/,
    ],
    [
      "Laravel's",
      { variables: { DB_HOST: "db", DB_DATABASE: "shop" }, folders: ["database/migrations"] },
      /DB_HOST, DB_DATABASE are set and the folder HERE\/database\/migrations exists, but DATABASE_URL is not set/,
    ],
    [
      "Spring's",
      { variables: { SPRING_DATASOURCE_URL: "jdbc:postgresql://db/shop" } },
      /SPRING_DATASOURCE_URL is set, but DATABASE_URL is not set/,
    ],
    [
      ".NET's",
      { variables: { ConnectionStrings__Default: `Host=db;Password=${secret}` } },
      /ConnectionStrings__Default is set/,
    ],
    ["a mounted secret of another name", { variables: { POSTGRES_URL_FILE: "/no/such/file" } }, /POSTGRES_URL is set/],
    ["a URL by any name", { variables: { SHOP_STORE: url } }, /SHOP_STORE is set, but DATABASE_URL is not set/],
    ["a MySQL URL by any name", { variables: { SHOP_STORE: `mysql2://u:${secret}@db/shop` } }, /SHOP_STORE is set/],
    [
      "both, beside a file without dependencies",
      { variables: { DATABASE_URL: url }, folders: ["migrations"], path: "/etc/seaworthy/seaworthy.yaml" },
      /DATABASE_URL is set and the folder HERE\/migrations exists\. \/etc\/seaworthy\/seaworthy\.yaml has no `dependencies:`/,
    ],
  ] as const satisfies readonly (readonly [string, Scene, RegExp])[]) {
    test(title, () => {
      const gap = gapOf(scene) ?? "";
      assert.match(gap, expected);
      assert.match(gap, /requireDependencies: false/);
      assert.doesNotMatch(gap, new RegExp(secret));
    });
  }
});

describe("an app without both gets no warning", () => {
  for (const [title, scene] of [
    ["nothing at all", {}],
    ["a file without dependencies", { path: "/etc/seaworthy/seaworthy.yaml" }],
    ["a server's own variables", { variables: { PGDATA: "/data", POSTGRES_PASSWORD: secret } }],
    [
      "Kubernetes' for a service called db",
      { variables: { DB_SERVICE_HOST: "10.0.0.1", DB_PORT: "tcp://10.0.0.1:5432" } },
    ],
    ["another kind of URL", { variables: { REDIS_URL: "redis://cache", API: "https://api" } }],
    ["an empty one of another name", { variables: { DB_HOST: "" } }],
  ] as const satisfies readonly (readonly [string, Scene])[])
    test(title, () => assert.equal(gapOf(scene), undefined));
});
