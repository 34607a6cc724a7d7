import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { waitLong } from "../harness/engine/patience.ts";
import { scratchPath } from "../harness/scratch.ts";
import { showEvidence } from "./evidence.ts";
import { copyExample, type Example } from "./example.ts";
import type { ClusterImages } from "./images.ts";
import { createKubectl, type Kubectl } from "./kubectl.ts";
import { accountOf, databaseOf, namespaceOf, secretOf } from "./manifests.ts";

/** A namespace of its own for a scenario, with a database and the example's Secrets, as its README says. */
export interface Home {
  readonly namespace: string;
  readonly kubectl: Kubectl;
  readonly images: ClusterImages;
  readonly example: Example;
  /** Runs SQL in one transaction, as superuser. Returns psql's output. */
  readonly query: (...sql: readonly string[]) => Promise<string>;
  /** Starts to remove it. Returns without waiting for the end. */
  readonly remove: () => Promise<void>;
}

interface Kubeconfig {
  readonly contexts: readonly { readonly name: string; readonly context: object }[];
}

export async function createHome(images: ClusterImages): Promise<Home> {
  const namespace = `seaworthy-test-${randomBytes(4).toString("hex")}`;
  const caller = createKubectl();
  await caller.apply(namespaceOf(namespace, "restricted"));
  const kubectl = createKubectl(await writeKubeconfig(caller, namespace));
  const query = queryWith(kubectl);
  const home: Home = {
    namespace,
    kubectl,
    images,
    example: copyExample(images.shop),
    query,
    remove: async () => void (await caller.run(["delete", "namespace", namespace, "--wait=false"])),
  };
  try {
    await furnish(home);
    return home;
  } catch (error) {
    await showEvidence(home);
    await home.remove();
    throw error;
  }
}

/** The example's scripts name no namespace: users set it in their kubeconfig. */
async function writeKubeconfig(caller: Kubectl, namespace: string): Promise<string> {
  const flags = ["config", "view", "--raw", "--flatten", "--minify"];
  const { contexts, ...rest } = await caller.json<Kubeconfig>(flags);
  const ours = contexts.map(({ name, context }) => ({ name, context: { ...context, namespace } }));
  const path = scratchPath("kubeconfig");
  writeFileSync(path, JSON.stringify({ ...rest, contexts: ours }), { mode: 0o600 });
  return path;
}

async function furnish({ namespace, kubectl, images, query }: Home): Promise<void> {
  const [app, upgrade, superuser] = [newPassword(), newPassword(), newPassword()];
  // Kubernetes creates it a moment after the namespace, and refuses Pods before.
  await waitLong("the default service account", async () => {
    return (await kubectl.attempt(["get", "serviceaccount", "default"])).code === 0;
  });
  await kubectl.apply(...accountOf(namespace), ...databaseOf(images, superuser));
  await kubectl.run(["wait", "--for=condition=Ready", "pod/database", "--timeout=120s"]);
  await query(rolesWith(app, upgrade));
  const address = await addressOf(kubectl, "database");
  await kubectl.apply(
    secretOf("shop-database", `postgres://shop:${app}@${address}:5432/shop`),
    secretOf("shop-upgrade-database", `postgres://shop_upgrade:${upgrade}@${address}:5432/shop`),
  );
}

/** The address of a Service. The tests do not need the cluster's name server. */
export async function addressOf(kubectl: Kubectl, service: string): Promise<string> {
  const address = await kubectl.run(["get", "service", service, "--output=jsonpath={.spec.clusterIP}"]);
  return address.includes(":") ? `[${address}]` : address;
}

const newPassword = () => randomBytes(16).toString("hex");

/** As in docs/how-to/use-two-roles.md. The shop's own role is called `shop`. */
const rolesWith = (app: string, upgrade: string) => `
  CREATE ROLE shop_upgrade LOGIN PASSWORD '${upgrade}';
  CREATE ROLE shop LOGIN PASSWORD '${app}';
  REVOKE CREATE ON SCHEMA public FROM PUBLIC;
  GRANT CREATE ON DATABASE shop TO shop_upgrade;
  GRANT USAGE, CREATE ON SCHEMA public TO shop_upgrade;
  GRANT USAGE ON SCHEMA public TO shop;
  ALTER DEFAULT PRIVILEGES FOR ROLE shop_upgrade IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO shop;
  ALTER DEFAULT PRIVILEGES FOR ROLE shop_upgrade IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO shop`;

function queryWith(kubectl: Kubectl): Home["query"] {
  const flags = "--host=127.0.0.1 --username=postgres --dbname=shop --tuples-only --no-align --quiet";
  const psql = `PGPASSWORD=$POSTGRES_PASSWORD exec psql ${flags} --set=ON_ERROR_STOP=1 --single-transaction "$@"`;
  return async (...sql) => {
    const commands = sql.map((text) => `--command=${text}`);
    return (await kubectl.run(["exec", "database", "--", "sh", "-euc", psql, "psql", ...commands])).trim();
  };
}
