import {
  forwardableSignals,
  parseSignal,
  realTimeSignals,
  signalNumber,
  type SignalName,
} from "../../kernel/signals.ts";
import { nearest } from "../../kernel/nearest.ts";
import { isMap, joinPath, refuse, type At, type JsonSchema, type Shape } from "./shape.ts";
import { fromEnvironment } from "./values.ts";

const expectedSignal = "a signal's name or number, as in QUIT, SIGQUIT, 3 or RTMIN+3";

/** The spellings of a signal: SIGTERM, TERM, 15. */
const spellingsOf = (name: SignalName) => [name, name.slice(3), String(signalNumber(name))];
const standardSignals = forwardableSignals.filter((name) => !realTimeSignals.includes(name));
const allSignals: readonly SignalName[] = [...standardSignals, "SIGKILL", "SIGSTOP", "SIGCHLD"];
/** RTMIN+3, SIGRTMAX-2 and 37: counted from 34, to 64. */
const realTimePattern = String.raw`^(SIG)?RT(MIN(\+([0-9]|[12][0-9]|30))?|MAX(-([0-9]|[12][0-9]|30))?)$|^(3[4-9]|[45][0-9]|6[0-4])$`;
const signalSchema: JsonSchema = {
  anyOf: [
    { enum: allSignals.flatMap(spellingsOf) },
    { type: "string", pattern: realTimePattern },
    { type: "integer", minimum: 1, maximum: 31 },
    { type: "integer", minimum: 34, maximum: 64 },
    fromEnvironment,
  ],
};

export function signal(description: string): Shape<SignalName> {
  return {
    scalar: true,
    get schema() {
      return { description, ...signalSchema, examples: ["QUIT"] };
    },
    read: (value, at) => readSignal(value) ?? refuse(at, signalLike(value), value),
  };
}

function signalLike(value: unknown): string {
  const meant =
    typeof value === "string"
      ? nearest(
          value,
          allSignals.flatMap((name) => [name, name.slice(3)]),
        )
      : undefined;
  return meant === undefined ? expectedSignal : `${expectedSignal} (did you mean ${meant}?)`;
}

function readSignal(value: unknown): SignalName | undefined {
  return typeof value === "string" || typeof value === "number" ? parseSignal(value) : undefined;
}

/** The signal that the app gets in place of a received signal; `none`: no signal. */
export type SignalRewrites = Readonly<Partial<Record<SignalName, SignalName | "none">>>;

export function signalMap(description: string): Shape<SignalRewrites> {
  return {
    get schema() {
      return {
        description,
        type: "object",
        propertyNames: { anyOf: [{ enum: standardSignals.flatMap(spellingsOf) }, { pattern: realTimePattern }] },
        additionalProperties: { anyOf: [{ const: "none" }, signalSchema] },
      };
    },
    read(value, at) {
      if (!isMap(value)) return refuse(at, "a map from signals to signals", value);
      const before = at.problems.length;
      const out: Partial<Record<SignalName, SignalName | "none">> = {};
      for (const [key, target] of Object.entries(value)) {
        const inner: At = { path: joinPath(at.path, key), problems: at.problems };
        const from = parseSignal(key);
        const to = target === "none" ? "none" : readSignal(target);
        if (from === undefined) refuse(inner, signalLike(key), key);
        else if (!forwardableSignals.includes(from))
          inner.problems.push({
            path: inner.path,
            message: `${from} cannot be rewritten: it never reaches seaworthy as a request`,
          });
        else if (out[from] !== undefined) inner.problems.push({ path: inner.path, message: `${from} is set twice` });
        else if (to === undefined) refuse(inner, `${signalLike(target)}, or none`, target);
        else out[from] = to;
      }
      return at.problems.length === before ? Object.freeze(out) : undefined;
    },
  };
}

export function exitCodeMap(description: string): Shape<Readonly<Record<number, number>>> {
  return {
    get schema() {
      return {
        description,
        type: "object",
        propertyNames: { pattern: String.raw`^(0|[1-9]\d?|1\d\d|2[0-4]\d|25[0-5])$` },
        additionalProperties: { type: "integer", minimum: 0, maximum: 255 },
      };
    },
    read(value, at) {
      if (!isMap(value)) return refuse(at, "a map from exit codes to exit codes", value);
      const before = at.problems.length;
      for (const [key, target] of Object.entries(value)) {
        const inner: At = { path: joinPath(at.path, key), problems: at.problems };
        // A lookup would never find another spelling of the number.
        if (!isExitCode(Number(key)) || String(Number(key)) !== key) refuse(inner, "an exit code from 0 to 255", key);
        else if (!isExitCode(target)) refuse(inner, "an exit code from 0 to 255", target);
      }
      return at.problems.length === before ? Object.freeze({ ...value } as Record<number, number>) : undefined;
    },
  };
}

function isExitCode(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 255;
}
