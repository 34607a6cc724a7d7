import type { LookSession } from "../../kernel/database.ts";
import { ExitCode, Failure } from "../../kernel/failure.ts";
import { nearest } from "../../kernel/nearest.ts";
import { serverProducts } from "../../versions/product.ts";
import type { VersionRange } from "../../versions/range.ts";
import type { OpenSession } from "../looks/look-at-database.ts";
import type { AskOptions, ServerAnswer } from "../looks/look-at-server.ts";
import type { Kind, LookContext, PrepareContext } from "./kind.ts";
import { readRange, type VersionedSettings } from "./requirement.ts";

interface ServerSettings extends VersionedSettings {
  readonly url: string;
}

/** Asks a server for its own version. */
type AskVersion = (url: string, open: OpenSession<LookSession>, options: AskOptions) => Promise<ServerAnswer>;

/** @param loadAskVersion loads the function that asks a server, by the scheme of its URL. */
export function serverKind(loadAskVersion: () => Promise<AskVersion>) {
  return {
    componentType: "datastore",
    endsItself: true,
    async prepare(settings: ServerSettings, { key }: PrepareContext) {
      const requires = await readRange(key, settings);
      checkProduct(key, requires);
      const openLook = async ({ redact, sessions }: LookContext) => {
        await sessions.loadDriver(settings.url);
        const { lookAtServer } = await import("../looks/look-at-server.ts");
        const ask = await loadAskVersion();
        const askVersion = (url: string, options: AskOptions) => ask(url, sessions.any, options);
        const dependency = { ...settings, requires, redact, askVersion };
        return () => lookAtServer(dependency, AbortSignal.timeout(settings.timeoutMs));
      };
      return { kind: "server", settings, openLook } as const;
    },
  } as const satisfies Kind<ServerSettings, unknown>;
}

/** Databases and caches are few products, so any other word is a mistake. */
function checkProduct(key: string, { product }: VersionRange): void {
  if (product === undefined || serverProducts.some((known) => known === product)) return;
  const meant = nearest(product, serverProducts);
  const advice = meant === undefined ? `one of ${serverProducts.join(", ")}` : `did you mean ${meant}?`;
  throw new Failure(ExitCode.configuration, `${key}.requires: ${product} is not a known product; ${advice}`);
}
