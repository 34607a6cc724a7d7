import { readFileSync } from "node:fs";
import { join } from "node:path";
import { docker } from "../harness/engine/docker.ts";
import { waitLong } from "../harness/engine/patience.ts";
import { freePort } from "../harness/postgres.ts";
import { examples } from "./shop.ts";
import type { Stack } from "./stack.ts";

/**
 * The control for draining: adds a second nginx to the stack, which caches addresses for ten minutes instead of one second.
 * Returns its origin.
 */
export async function addBelievingEdge(stack: Stack, nginx: string): Promise<string> {
  const name = `${stack.name}_believing`;
  // Removing the stack then removes this service too.
  const label = `--label=com.docker.stack.namespace=${stack.name}`;
  const port = await freePort();
  const settings = readFileSync(join(examples, "swarm/nginx.conf"), "utf8").replace("valid=1s", "valid=10m");
  await docker(["config", "create", label, name, "-"], { input: settings });
  await docker([
    ...["service", "create", "--quiet", "--detach", "--no-resolve-image", label, `--name=${name}`],
    ...[`--network=${stack.name}_default`, `--config=source=${name},target=/etc/nginx/nginx.conf`],
    ...[`--publish=mode=host,published=${port},target=80`, nginx],
  ]);
  const origin = `http://127.0.0.1:${port}`;
  const answers = () =>
    fetch(`${origin}/ping`, { headers: { connection: "close" } }).then(
      ({ ok }) => ok,
      () => false,
    );
  await waitLong("the second nginx to answer", answers);
  return origin;
}
