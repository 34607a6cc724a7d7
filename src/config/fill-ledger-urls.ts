import { ledgerKey } from "./blocks/ledger-url.ts";
import { kinds } from "./kinds/kinds.ts";
import { isMap, joinPath, type Fields } from "./shapes/shape.ts";

export interface Filled {
  readonly value: unknown;
  /** The paths that got the URL of `upgrade.ledger`: `dependencies.NAME.url`. */
  readonly paths: ReadonlySet<string>;
}

/** Gives each dependency without a URL that of `upgrade.ledger`, if its kind can be recorded there. */
export function fillLedgerUrls(raw: unknown): Filled {
  const none = { value: raw, paths: new Set<string>() };
  if (!isMap(raw) || !isMap(raw["dependencies"]) || !isMap(raw["upgrade"])) return none;
  const { ledger } = raw["upgrade"];
  const lacking = Object.entries(raw["dependencies"]).filter(([, one]) => lacksUrl(one));
  if (typeof ledger !== "string" || lacking.length === 0) return none;
  const filled = lacking.map(([name, one]) => [name, { ...(one as object), url: ledger }] as const);
  return {
    value: { ...raw, dependencies: { ...raw["dependencies"], ...Object.fromEntries(filled) } },
    paths: new Set(lacking.map(([name]) => joinPath(joinPath("dependencies", name), "url"))),
  };
}

function lacksUrl(dependency: unknown): boolean {
  if (!isMap(dependency) || (dependency["url"] ?? undefined) !== undefined) return false;
  const fields: Readonly<Record<string, { readonly fields?: Fields }>> = kinds;
  const kind = String(dependency["kind"]);
  return Object.hasOwn(fields, kind) && fields[kind]?.fields?.["url"]?.standIn === ledgerKey;
}
