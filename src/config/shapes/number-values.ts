import { durationPattern, parseDuration } from "../../kernel/duration.ts";
import { refuse, type Shape } from "./shape.ts";
import { fromEnvironment } from "./values.ts";

interface NumberLimits {
  /** "redirects", "percent": part of every message. `seconds` and `milliseconds` can also be written as a duration: `30s`. */
  readonly unit: string;
  readonly minimum: number;
  readonly maximum: number;
}

/** A number, or its digits as text, because values from the environment are text. */
export function number(description: string, { unit, minimum, maximum }: NumberLimits): Shape<number> {
  const unitMs = unitsOfTime[unit];
  const duration = unitMs === undefined ? [] : [{ type: "string", pattern: durationPattern }];
  const expected = `a number of ${unit} from ${minimum} to ${maximum}`;
  return {
    scalar: true,
    get schema() {
      return { description, anyOf: [{ type: "number", minimum, maximum }, ...duration, fromEnvironment] };
    },
    read(value, at) {
      const given = numberOf(value, unitMs);
      if (typeof given === "number" && given >= minimum && given <= maximum) return given;
      return refuse(at, unitMs === undefined ? expected : `${expected}, or a duration such as 30s`, value);
    },
  };
}

const unitsOfTime: Readonly<Record<string, number>> = { milliseconds: 1, seconds: 1000 };

function numberOf(value: unknown, unitMs: number | undefined): unknown {
  if (typeof value !== "string") return value;
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value);
  const milliseconds = unitMs === undefined ? undefined : parseDuration(value);
  return milliseconds === undefined ? value : milliseconds / (unitMs ?? 1);
}
