import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { engineOf } from "../../urls/read.ts";
import type { Engine } from "../../urls/address.ts";
import { findConfigFile, parseConfigFile } from "../config-file.ts";
import { interpolate } from "../interpolate.ts";
import { openEnvironment, type LoadOptions } from "../load.ts";
import { isMap } from "../shapes/shape.ts";

type SchemaEngine = Exclude<Engine, "redis">;

/** A schema of the configuration, as far as its files are concerned. */
export interface SchemaFiles {
  /** Absolute. */
  readonly folder: string;
  readonly owner: "seaworthy" | "tool";
  /** Undefined if the variable of its URL is not set here. */
  readonly engine: SchemaEngine | undefined;
}

/**
 * The schemas of a configuration whose variables may be unset, as on a developer's machine. Nothing else is read or
 * validated. Without a file, a folder ./migrations is one. Throws a Failure (78) for a file that cannot be parsed.
 */
export async function readSchemas(options: Omit<LoadOptions, "forUpgrade">): Promise<readonly SchemaFiles[]> {
  const { workingDirectory } = options;
  const environment = await openEnvironment(options);
  const asked = options.configPath ?? (environment.get("SEAWORTHY_CONFIG") || undefined);
  const file = findConfigFile(asked, workingDirectory);
  const folderOf = (path: unknown) => resolve(workingDirectory, typeof path === "string" ? path : "./migrations");
  if (file === undefined) {
    const folder = folderOf(undefined);
    if (!existsSync(folder)) return [];
    return [{ folder, owner: "seaworthy", engine: engineOfUrl(environment.getPlain("DATABASE_URL")) }];
  }
  const raw = await parseConfigFile(file);
  const lenient = new Set(isMap(raw) ? Object.keys(raw) : []);
  const { value } = interpolate(raw, { environment, lenient });
  const { dependencies, upgrade } = isMap(value) ? value : {};
  const ledger = isMap(upgrade) ? upgrade["ledger"] : undefined;
  return Object.values(isMap(dependencies) ? dependencies : {}).flatMap((one): readonly SchemaFiles[] => {
    if (!isMap(one) || one["kind"] !== "schema") return [];
    const isOwn = (one["history"] ?? "seaworthy") === "seaworthy";
    const engine = engineOfUrl(one["url"] ?? ledger);
    return [{ folder: folderOf(one["migrations"]), owner: isOwn ? "seaworthy" : "tool", engine }];
  });
}

function engineOfUrl(url: unknown): SchemaEngine | undefined {
  const engine = typeof url === "string" ? engineOf(url) : undefined;
  return engine === "redis" ? undefined : engine;
}
