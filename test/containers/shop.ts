import { join } from "node:path";
import type { Engine } from "../harness/engine/engine.ts";

/** The folders of the examples, which users copy, and of the tests' own images. */
export const examples = join(import.meta.dirname, "../../examples");
const images = join(import.meta.dirname, "images");

/** The images of the examples, with names that are unique to the suite. */
export interface ShopImages {
  readonly release: (version: Release) => string;
  readonly postgres: string;
}

export type Release = "1.0.0" | "2.0.0" | "3.0.0" | "4.0.0";

export async function buildShop(engine: Engine, releases: readonly Release[]): Promise<ShopImages> {
  const seaworthy = await engine.buildSeaworthy();
  for (const version of releases) {
    const values = { SEAWORTHY_IMAGE: seaworthy, VERSION: version };
    await engine.build(`shop-${version}`, join(examples, "shop"), { arguments: values });
  }
  return {
    release: (version) => engine.imageOf(`shop-${version}`),
    postgres: await engine.build("postgres", join(images, "postgres")),
  };
}

export function buildNginx(engine: Engine): Promise<string> {
  return engine.build("nginx", join(images, "nginx"));
}

/** Builds a release 2 that migrates at its start. */
export function buildNaive(engine: Engine, shop: ShopImages): Promise<string> {
  return engine.build("naive", join(images, "naive"), { arguments: { SHOP_IMAGE: shop.release("2.0.0") } });
}
