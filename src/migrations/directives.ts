import { ExitCode, Failure } from "../kernel/failure.ts";
import { nearest } from "../kernel/nearest.ts";
import { parseRelease } from "../versions/parse.ts";

/** How to run a migration, from the directives at its head. */
export interface Directives {
  /** False: statement by statement, each committed on its own. Default: true. */
  readonly transaction: boolean;
  /** The oldest app version that still works after this migration; undefined for an *expand* migration. */
  readonly contract?: string;
  /** How long a statement may wait for a lock, in milliseconds. Default: `upgrade.lockWaitSeconds`. */
  readonly lockTimeoutMs?: number;
  /** How long a statement may run, in milliseconds. Default: for ever. */
  readonly statementTimeoutMs?: number;
  /** Findings of the linter that the author accepts. Left out if there are none. */
  readonly allowed?: readonly Allowance[];
}

/** `-- seaworthy: allow RULE because REASON` */
export interface Allowance {
  /** The linter knows the rules: this one may not exist. */
  readonly rule: string;
  readonly reason: string;
  /** Counts from 1. */
  readonly line: number;
}

const headBytes = 4096;
const names = ["no-transaction", "contract", "lock-timeout", "statement-timeout", "allow"];

/** What begins a comment. A program may be in any language. */
const marks = { text: String.raw`--|\/\/`, program: String.raw`#+|--|\/\/|;+` } as const;
type Comments = keyof typeof marks;

/** Finds a directive in a line. Its text is the first group. */
export function directivePattern(comments: Comments, directive = ".*?"): RegExp {
  return new RegExp(String.raw`^\s*(?:${marks[comments]})\s*seaworthy\s*:\s*(${directive})\s*$`, "im");
}

/**
 * Reads `-- seaworthy: NAME VALUE` (`//` in JavaScript, any comment in a program) from the comments at the head of a
 * migration. Throws a Failure (78) if a directive is unknown, has a wrong value, or stands further down: ignoring it would
 * be worse than an error.
 */
export function parseDirectives(path: string, source: string, comments: Comments = "text"): Directives {
  const found: Partial<Directives>[] = [];
  const allowed: Allowance[] = [];
  let inHead = true;
  // The health check reads only this much (tier.ts).
  let left = headBytes;
  const directive = directivePattern(comments);
  const comment = new RegExp(String.raw`^\s*(?:(?:${marks[comments]}).*)?$`);
  for (const [index, line] of source.split(/\r?\n/).entries()) {
    left -= Buffer.byteLength(line) + 2;
    inHead &&= left >= 0;
    const match = directive.exec(line);
    const where = `${path}:${index + 1}`;
    if (match !== null && !inHead)
      throw refusal(
        where,
        `the directive "${line.trim()}" must come before the first statement, within the first ${headBytes} bytes`,
      );
    const text = match?.[1] ?? "";
    if (isAllowance.test(text)) allowed.push({ ...parseAllowance(where, text), line: index + 1 });
    else if (match !== null) found.push(parseDirective(where, text));
    else if (!comment.test(line)) inHead = false;
  }
  return Object.assign({ transaction: true }, ...found, allowed.length > 0 && { allowed }) as Directives;
}

const isAllowance = /^allow(?:\s|$)/;

/** A reason is asked for: whoever reads the file later must be able to judge it. */
function parseAllowance(where: string, text: string): Omit<Allowance, "line"> {
  const [, rule, reason] = /^allow\s+(\S+)\s+because\s+(\S.*)$/.exec(text) ?? [];
  if (rule !== undefined && reason !== undefined) return { rule, reason };
  const form = "allow RULE because REASON";
  throw refusal(where, `expected "${form}", as in "allow drop-column because no version reads it", received "${text}"`);
}

function parseDirective(where: string, text: string): Partial<Directives> {
  const [name = "", value = "", ...rest] = text.split(/\s+/);
  if (rest.length > 0) throw refusal(where, `the directive ${name} has more than one value: "${text}"`);
  switch (name) {
    case "no-transaction":
      if (value !== "") throw refusal(where, `the directive no-transaction takes no value, received "${value}"`);
      return { transaction: false };
    case "contract":
      if (parseRelease(value) === undefined)
        throw refusal(
          where,
          `contract: expected the oldest app version that still works, as in "contract 2.0.0", received "${value}"`,
        );
      return { contract: value };
    case "lock-timeout":
      return { lockTimeoutMs: parseDuration(where, name, value) };
    case "statement-timeout":
      return { statementTimeoutMs: parseDuration(where, name, value) };
    default: {
      const meant = nearest(name, names);
      throw refusal(
        where,
        `unknown directive "${name}"; ${meant === undefined ? `known: ${names.join(", ")}` : `did you mean ${meant}?`}`,
      );
    }
  }
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 };

function parseDuration(where: string, name: string, value: string): number {
  const [, amount, unit] = /^(\d+)(ms|s|m|min|h)$/.exec(value) ?? [];
  const milliseconds = Number(amount) * (unitMs[unit ?? ""] ?? Number.NaN);
  if (!Number.isFinite(milliseconds))
    throw refusal(where, `${name}: expected a number with its unit, as in 500ms, 5s, 10m or 1h, received "${value}"`);
  return milliseconds;
}

function refusal(where: string, message: string): Failure {
  return new Failure(ExitCode.configuration, `${where}: ${message}`);
}
