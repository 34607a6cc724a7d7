import { highestId } from "../../kernel/account-id.ts";
import { refuse, type Shape } from "./shape.ts";
import { fromEnvironment } from "./values.ts";

const expected = `a name, or a number from 0 to ${highestId}`;
const name = String.raw`[^:\0\n]+`;
const isId = (text: string) => !/^\d+$/.test(text) || Number(text) <= highestId;

/** A user or a group, by name or number. A number may be without quotes. */
export function account(description: string, { withGroup = false } = {}): Shape<string> {
  const allowedForms = withGroup ? `${expected}, or two of these as user:group` : expected;
  const pattern = withGroup ? `^${name}(:(${name})?)?$` : `^${name}$`;
  return {
    get schema() {
      const number = { type: "integer", minimum: 0, maximum: highestId };
      return { description, anyOf: [{ type: "string", pattern }, number, fromEnvironment] };
    },
    read(value, at) {
      const text = typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? String(value) : value;
      const allowed = typeof text === "string" && new RegExp(pattern).test(text) && text.split(":").every(isId);
      return allowed ? text : refuse(at, allowedForms, value);
    },
  };
}
