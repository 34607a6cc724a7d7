import type { Result } from "./rounds.ts";
import type { Shop } from "./shop.ts";

export interface SuiteOptions {
  readonly shop: Shop;
  /** Fewer rounds: for a look while working on the code. */
  readonly quick: boolean;
  /** Whether namespaces can be made, and the self-contained program lies in its place. */
  readonly insideNamespace: boolean;
}

export type Suite = (options: SuiteOptions) => Promise<{
  readonly results: readonly Result[];
  readonly tables: readonly string[];
}>;
