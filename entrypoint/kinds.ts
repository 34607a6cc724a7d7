import type { DependencySettings } from "../src/config/settings.ts";
import { commandKind } from "../src/dependencies/kinds/command.ts";
import { fileKind } from "../src/dependencies/kinds/file.ts";
import { httpKind } from "../src/dependencies/kinds/http.ts";
import type { Kind, Prepared } from "../src/dependencies/kinds/kind.ts";
import { releaseKind } from "../src/dependencies/kinds/release.ts";
import { serverKind } from "../src/dependencies/kinds/server.ts";
import { tcpKind } from "../src/dependencies/kinds/tcp.ts";
import { schemaKind } from "./schema-kind.ts";

/** Joins the settings of each kind (src/config/kinds/) with its look. A missing kind is a type error. */
export const kinds = {
  schema: schemaKind,
  release: releaseKind,
  server: serverKind(async () => (await import("../src/platform/drivers/server-version.ts")).askServerVersion),
  http: httpKind,
  file: fileKind,
  command: commandKind,
  tcp: tcpKind,
} as const satisfies { readonly [K in KindName]: Kind<SettingsOf<K>, Prepared & { readonly kind: K }> };

export type KindName = DependencySettings["kind"];
export type SettingsOf<K extends KindName> = Extract<DependencySettings, { readonly kind: K }>;
export type PreparedAs<K extends KindName> = Awaited<ReturnType<(typeof kinds)[K]["prepare"]>>;
