import assert from "node:assert/strict";
import type { Release } from "../containers/shop.ts";
import type { Home } from "./home.ts";
import type { End } from "./kubectl.ts";

/** Runs the example's deploy.sh. */
export function deploy({ kubectl, example }: Home, version: string, environment = {}): Promise<End> {
  return kubectl.program(["./deploy.sh", version], { workingDirectory: example.folder, environment });
}

/** Runs deploy.sh and expects success. Returns its output. */
export async function deployed(home: Home, version: Release): Promise<string> {
  return succeeded(await deploy(home, version));
}

export function succeeded({ code, stdout, stderr }: End): string {
  assert.equal(code, 0, `${stdout}${stderr}`);
  return stdout + stderr;
}

/** The lenient variant: `kubectl apply -f .` in a folder of the example. */
export async function applyAll({ kubectl }: Home, folder: string): Promise<void> {
  succeeded(await kubectl.program(["kubectl", "apply", "-f", "."], { workingDirectory: folder }));
}

export async function undo(home: Home): Promise<void> {
  await home.kubectl.run(["rollout", "undo", "deployment/shop"]);
  await untilRolledOut(home);
}

export async function untilRolledOut({ kubectl }: Home): Promise<void> {
  await kubectl.run(["rollout", "status", "deployment/shop", "--timeout=300s"]);
}

/** The names of the applied migrations. */
export function applied({ query }: Home): Promise<string> {
  return query("SELECT string_agg(name, ' ' ORDER BY name) FROM seaworthy.migrations WHERE applied_at IS NOT NULL");
}

/** Whether the column is still there that the contract migration of release 3 drops. */
export async function hasPrice({ query }: Home): Promise<boolean> {
  const sql = "SELECT count(*) FROM information_schema.columns WHERE table_name = 'products' AND column_name = 'price'";
  return (await query(sql)) === "1";
}
