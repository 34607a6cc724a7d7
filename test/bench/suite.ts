import type { Result } from "./rounds.ts";
import type { Shop } from "./shop.ts";

export interface SuiteOptions {
  readonly shop: Shop;
  /** Use fewer rounds, for a quick check during development. */
  readonly quick: boolean;
  /** Whether the bench runs in its own namespace, with the self-contained program at its installed path. */
  readonly insideNamespace: boolean;
}

export type Suite = (options: SuiteOptions) => Promise<{
  readonly results: readonly Result[];
  readonly tables: readonly string[];
}>;
