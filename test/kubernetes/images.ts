import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { buildShop, type Release } from "../containers/shop.ts";
import { ensureNode, nodeImage } from "../harness/engine/bases.ts";
import { runOnHost } from "../harness/engine/docker.ts";
import type { Engine } from "../harness/engine/engine.ts";

/** The images in the cluster. */
export interface ClusterImages {
  /** The shop's name, without a version. */
  readonly shop: string;
  /** Release 2, which migrates at its start. */
  readonly naive: string;
  readonly clients: string;
  readonly postgres: string;
  /** The numeric user of the Postgres image: Kubernetes cannot check that a name is not root's. */
  readonly postgresUser: number;
}

const releases: readonly Release[] = ["1.0.0", "2.0.0", "3.0.0", "4.0.0"];
const images = join(import.meta.dirname, "images");

/** Builds all images with Docker, and loads them into the cluster. */
export async function provideImages(engine: Engine, load: (image: string) => Promise<void>): Promise<ClusterImages> {
  const base = await buildShop(engine, releases);
  const shop = engine.imageOf("kubernetes/shop");
  for (const version of releases) {
    const values = { SHOP_IMAGE: base.release(version) };
    await engine.build("", join(images, "shop"), { tag: `${shop}:${version}`, arguments: values });
  }
  const naive = await buildNaive(engine, `${shop}:2.0.0`);
  const clients = await buildClients(engine);
  const { stdout } = await engine.run(base.postgres, ["--entrypoint=id"], ["-u"]);
  for (const image of [...releases.map((version) => `${shop}:${version}`), naive, clients, base.postgres])
    await load(image);
  return { shop, naive, clients, postgres: base.postgres, postgresUser: Number(stdout) };
}

/** Runs the caller's command, for example `kind load docker-image {image}`. */
export function loadWith(command: string): (image: string) => Promise<void> {
  return async (image) => void (await runOnHost(["sh", "-euc", command.replaceAll("{image}", image)]));
}

function buildNaive(engine: Engine, shop: string): Promise<string> {
  const files = {
    ...filesIn(join(images, "naive")),
    "migrate.py": readFileSync(join(import.meta.dirname, "../containers/images/naive/migrate.py")),
  };
  // Without a tag, Kubernetes would ask the registry for the latest image.
  const tag = `${engine.imageOf("kubernetes/naive")}:2.0.0`;
  return engine.buildFiles("naive", files, { tag, arguments: { SHOP_IMAGE: shop } });
}

/** Node, with the client's source files in folders as here. */
async function buildClients(engine: Engine): Promise<string> {
  await ensureNode();
  const files = {
    Dockerfile: `FROM ${nodeImage}\nCOPY load /load\nUSER 10002\nENTRYPOINT ["node"]\nCMD ["/load/kubernetes/client/main.ts"]\n`,
    "load/package.json": JSON.stringify({ type: "module" }),
    "load/containers/customers.ts": readFileSync(join(import.meta.dirname, "../containers/customers.ts")),
    ...filesIn(join(import.meta.dirname, "client"), "load/kubernetes/client/"),
  };
  return engine.buildFiles("clients", files);
}

function filesIn(folder: string, prefix = ""): Readonly<Record<string, Buffer>> {
  return Object.fromEntries(readdirSync(folder).map((name) => [`${prefix}${name}`, readFileSync(join(folder, name))]));
}
