import { releaseSuffix } from "./suffix.ts";
import type { Version } from "./version.ts";

/**
 * Reads the version answer of a database or cache. The vendor's version comes first. The package, platform or fork
 * follows (`8.0.35-0ubuntu0.22.04.1`, `10.11.6-MariaDB-1:10.11.6+maria~deb12`, `8.0.34-Vitess`) and does not affect the
 * order, unless it is a word for a prerelease (`17beta1`, `8.0.4-rc-log`).
 */
export function parseServerAnswer(text: string): Version | undefined {
  const answer = text.trim().slice(0, longest).replace(productName, "");
  const [, numbers, rest = ""] = /^(?:\d+:)?v?(\d+(?:\.\d+)*)(.*)$/is.exec(withoutCompatibilityPrefix(answer)) ?? [];
  if (numbers === undefined || !/^($|[\s,(~+:_-]|\.?[a-z])/i.test(rest)) return undefined;
  const prerelease = /^[-.~]?(?:alpha|beta|preview|rc|devel|dev|dmr|ea|snapshot|m(?=\d))[-.]?\d*(?![a-z])/i.exec(
    rest,
  )?.[0];
  const suffix = releaseSuffix((prerelease ?? "").replace(/^[.~]/, "-"), { strict: false });
  return suffix && { text: text.trim(), numbers: numbers.split(".").map(BigInt), ...suffix };
}

/** Whether a text looks like such an answer, from any source. */
export function isServerAnswer(text: string): boolean {
  return productName.test(text) || /^[\d.]+-[\d.]*-?MariaDB\b/i.test(text);
}

const longest = 1000;
const productName = /^(?:PostgreSQL|EnterpriseDB|CockroachDB CCL|CockroachDB|MariaDB|MySQL|Redis|Valkey) (?=v?\d)/i;

/** MariaDB answers 5.5.5-10.11.6-MariaDB: the first part is for old replicas that would refuse a 10. */
function withoutCompatibilityPrefix(answer: string): string {
  return /mariadb/i.test(answer) ? answer.replace(/^5\.5\.5-(?=\d)/, "") : answer;
}
