import type { Engine } from "../../urls/address.ts";
import { adviceFor, engineOf, productOf, readUrl } from "../../urls/read.ts";
import { refuse, type At, type Shape } from "./shape.ts";
import { fromEnvironment } from "./values.ts";

/** For each engine, the schemes in messages and the pattern for editors. Only `readUrl` knows every form. */
const forms: Readonly<Record<Engine, { readonly starts: readonly string[]; readonly pattern: string }>> = {
  postgres: {
    starts: ["postgres://"],
    pattern: serverPattern(
      "postgres(ql)?|pg|pgsql|psql|postgis|pdo-pgsql|pgx\\d?|timescale(db|gis)?|cockroach(db)?|crdb-postgres|redshift",
    ),
  },
  mysql: {
    starts: ["mysql://", "mariadb://"],
    // Go's driver writes no scheme.
    pattern: `(([^\\s@]*@)?(tcp|unix)\\([^\\s()]*\\)\\/\\S*|${serverPattern("mysql2?|maria(db)?|trilogy|mysqli|mysqlgis|mysql-connector|pdo-mysql")})`,
  },
  sqlite: { starts: ["sqlite:"], pattern: "((jdbc|db):)?(sqlite3?|file|spatialite|pdo-sqlite)(\\+\\w+)?:\\S+" },
  redis: { starts: ["redis://", "rediss://", "valkey://", "valkeys://"], pattern: serverPattern("rediss?|valkeys?") },
};

function serverPattern(schemes: string): string {
  const host = "([^\\s:@/?#[\\]]*|\\[[\\dA-Fa-f:.]+\\])(:\\d{1,5})?";
  const hosts = `((tcp|unix)\\([^\\s()]*\\)|${host}(,${host})*)`;
  return `((jdbc|db):)?(${schemes})(\\+\\w+)?:\\/\\/([^\\s/?#]*@)?${hosts}(\\/[^\\s@?#]*)?(\\?([^\\s=@#]+(=[^\\s#]*)?)?)?`;
}

/** The URL of a server or a file, in any form of its own tools. The value is not changed: hooks get it as written. */
export function databaseUrl(
  description: string,
  engines: readonly Engine[],
  examples?: readonly string[],
): Shape<string> {
  const starts = engines.flatMap((engine) => forms[engine].starts);
  const list = [starts.slice(0, -1).join(", "), ...starts.slice(-1)].filter((one) => one !== "").join(" or ");
  const expected = `a URL that starts with ${list}, the special characters of its password percent-encoded`;
  return {
    scalar: true,
    get schema() {
      const pattern = `^(${engines.map((engine) => forms[engine].pattern).join("|")})$`;
      return { description, anyOf: [{ type: "string", pattern }, fromEnvironment], ...(examples && { examples }) };
    },
    read(value, at) {
      const engine = typeof value === "string" ? engineOf(value) : undefined;
      if (typeof value !== "string") return refuse(at, expected, value);
      if (engine === undefined) {
        const advice = adviceFor(value);
        if (advice === undefined) return refuseForm(at, expected, value);
        at.problems.push({ path: at.path, message: advice });
        return undefined;
      }
      if (!engines.includes(engine)) {
        const cause = `it leads to ${productOf(value)}, ${whyOthersFail(engines)}`;
        at.problems.push({ path: at.path, message: `${cause}. Write a URL that starts with ${list}` });
        return undefined;
      }
      const read = readUrl(value);
      if ("address" in read) return value;
      at.problems.push({ path: at.path, message: read.refusal });
      return undefined;
    },
  };
}

/** Shows the value only if it cannot hold a password: connection strings have too many forms to mask all of them. */
function refuseForm(at: At, expected: string, value: string): undefined {
  const isUrl = /^["']?(?:jdbc:)?[a-z][\w+.-]*:\/\//i.test(value);
  if (isUrl || !/[@=;\s]/.test(value)) return refuse(at, expected, value);
  const received = "a text that is not shown, because it may hold a password";
  at.problems.push({ path: at.path, message: `expected ${expected}, received ${received}` });
  return undefined;
}

function whyOthersFail(engines: readonly Engine[]): string {
  return engines.includes("redis") ? "which has no server to ask" : "which has no schema";
}

interface WithUrls {
  readonly dependencies: Readonly<Record<string, { readonly kind: string; readonly url?: string }>>;
  readonly upgrade: { readonly url?: string; readonly ledger?: string };
}

/** One warning per unknown parameter of a URL, even if several dependencies share the URL. */
export function urlWarnings({ dependencies, upgrade }: WithUrls): readonly string[] {
  const urls = new Map<string, string>();
  for (const [name, settings] of Object.entries(dependencies)) {
    const { kind, url } = settings;
    if (url !== undefined && kind !== "http" && !urls.has(url)) urls.set(url, `dependencies.${name}.url`);
  }
  for (const key of ["url", "ledger"] as const) {
    const url = upgrade[key];
    if (url !== undefined && !urls.has(url)) urls.set(url, `upgrade.${key}`);
  }
  return [...urls].flatMap(([url, key]) => {
    const read = readUrl(url);
    return "address" in read ? read.warnings.map((warning) => `${key}: ${warning}`) : [];
  });
}
