import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runContainer, type ContainerOptions } from "./container.ts";
import { scratchPath } from "./scratch.ts";

/** An image of the app `shop`: some migrations, and settings for them. */
export interface Shop {
  readonly folder: string;
  /** How many migrations it has. */
  readonly migrations: number;
  readonly settings: { readonly app: object; readonly dependencies: { readonly schema: object } };
  /** Creates a newer image with more migrations. */
  readonly newer: (version: string, migrations: number) => Shop;
  /** Runs `--upgrade`, and asserts that it succeeds. */
  readonly upgrade: (options?: ContainerOptions) => Promise<void>;
}

export interface ShopOptions {
  readonly version?: string;
  readonly migrations?: number;
  /** More settings of the dependency `schema`. */
  readonly schema?: object;
}

export function createShop(url: string, { version = "1.0.0", migrations = 1, schema = {} }: ShopOptions = {}): Shop {
  const folder = scratchPath(`shop-${version}`);
  mkdirSync(join(folder, "migrations"), { recursive: true });
  for (let number = 1; number <= migrations; number++) {
    const name = `${String(number).padStart(4, "0")}_table`;
    writeFileSync(join(folder, "migrations", `${name}.sql`), `CREATE TABLE shop_${number} (id bigint);\n`);
  }
  const settings = {
    app: { name: "shop", version },
    dependencies: { schema: { kind: "schema", url, migrations: join(folder, "migrations"), ...schema } },
  };
  return {
    folder,
    migrations,
    settings,
    newer: (newVersion, more) => createShop(url, { version: newVersion, migrations: more, schema }),
    async upgrade(options) {
      const bundle = { build: "bundle", asPid1: false } as const;
      const { code, stderr } = await runContainer(bundle, ["--upgrade"], { settings, ...options });
      assert.equal(code, 0, stderr);
    },
  };
}
