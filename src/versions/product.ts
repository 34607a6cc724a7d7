/** A product by its name in lower case, as in `elasticsearch`. */
export type Product = string;

/** Other names of products. */
const aliases: ReadonlyMap<string, Product> = new Map([
  ["postgresql", "postgres"],
  ["pg", "postgres"],
  ["cockroach", "cockroachdb"],
  ["cockroachdb ccl", "cockroachdb"],
  ["enterprisedb", "postgres"],
  ["yugabyte", "yugabytedb"],
]);

/** The products that seaworthy recognizes as a database or cache. */
export const serverProducts = [
  "postgres",
  "cockroachdb",
  "redshift",
  "yugabytedb",
  "mysql",
  "mariadb",
  "tidb",
  "vitess",
  "redis",
  "valkey",
  "dragonfly",
  "keydb",
] as const;

function nameOf(text: string): Product {
  const name = text.trim().toLowerCase();
  return aliases.get(name) ?? name;
}

/** Splits the product from a range: `mysql >=8` → mysql, `>=8`. */
export function readProduct(range: string): { readonly product?: Product; readonly rest: string } {
  const [, name, rest] = /^\s*([A-Za-z][\w-]*[A-Za-z][\w-]*)\s+([<>=^~\d*vV].*)$/s.exec(range) ?? [];
  return name === undefined || rest === undefined ? { rest: range } : { product: nameOf(name), rest };
}

/** The product of a server, from its version answer. Undefined if it is unknown. */
export function productOfAnswer(answer: string): Product | undefined {
  if (/mariadb/i.test(answer)) return "mariadb";
  if (/tidb/i.test(answer)) return "tidb";
  if (/vitess/i.test(answer)) return "vitess";
  if (/redshift/i.test(answer)) return "redshift";
  if (/-YB-/.test(answer)) return "yugabytedb";
  const [, name] = /^([A-Za-z][A-Za-z ]*?)(?: server| version)? v?=?\d/i.exec(answer) ?? [];
  return name === undefined ? undefined : nameOf(name);
}

/** Products that speak another product's protocol append their own version in these forms. */
const ownVersions: readonly RegExp[] = [
  /TiDB-v?(\S+)/i,
  /-YB-(\d[\d.]*)/,
  /CockroachDB \S+ v?(\d\S*)/i,
  /Redshift (\d[\d.]*)/i,
];

/** `7.5.0` of `MySQL 8.0.11-TiDB-v7.5.0`. Undefined if the answer only has the protocol's version. */
export function ownVersionOf(answer: string): string | undefined {
  return ownVersions.map((pattern) => pattern.exec(answer)?.[1]).find((version) => version !== undefined);
}

/** `nginx` of `nginx version: nginx/1.22.1`, `postgres` of `psql (PostgreSQL) 15.4`. Undefined without a name. */
export function productOfText(text: string): Product | undefined {
  const firstLine = text.trimStart().split("\n", 1)[0]?.slice(0, 1000) ?? "";
  const [, byPath, inside] = /(?:^|[\s(])([A-Za-z][\w.-]*)\/v?\d|\(([A-Za-z ]+)\) v?\d/.exec(firstLine) ?? [];
  const name = byPath ?? inside;
  return name === undefined ? productOfAnswer(firstLine) : nameOf(name);
}

/** The product in a service's document: the root of Elasticsearch and OpenSearch, or RabbitMQ's overview. */
export function productOfDocument(document: unknown): Product | undefined {
  const text = (value: unknown) => (typeof value === "string" ? value : undefined);
  const field = (from: unknown, key: string) =>
    typeof from === "object" && from !== null ? (from as Readonly<Record<string, unknown>>)[key] : undefined;
  const named =
    text(field(field(document, "version"), "distribution")) ??
    text(field(document, "distribution")) ??
    text(field(document, "product_name")) ??
    text(field(document, "product"));
  if (named !== undefined) return nameOf(named);
  const tagline = text(field(document, "tagline"));
  if (tagline === "You Know, for Search") return "elasticsearch";
  return tagline?.includes("OpenSearch") === true ? "opensearch" : undefined;
}
