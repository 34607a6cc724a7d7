import { Ajv } from "ajv";

const status = { enum: ["pass", "warn", "fail"] };

/** draft-inadarei-api-health-check-06, §3 and §4. Other keys are allowed. */
const healthJson = {
  type: "object",
  required: ["status"],
  properties: {
    status,
    version: { type: "string" },
    releaseId: { type: "string" },
    notes: { type: "array", items: { type: "string" } },
    output: { type: "string" },
    serviceId: { type: "string" },
    description: { type: "string" },
    links: { type: "object", additionalProperties: { type: "string" } },
    checks: {
      type: "object",
      propertyNames: { pattern: "^[^:]+(:[^:]+)?$" },
      additionalProperties: {
        type: "array",
        minItems: 1,
        items: {
          type: "object",
          required: ["status"],
          properties: {
            componentId: { type: "string" },
            componentType: { type: "string" },
            observedUnit: { type: "string" },
            status,
            affectedEndpoints: { type: "array", items: { type: "string" } },
            time: { type: "string", pattern: String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$` },
            output: { type: "string", minLength: 1 },
          },
          // "This field SHOULD be omitted for "pass" state of a check."
          anyOf: [{ properties: { status: { enum: ["warn", "fail"] } } }, { not: { required: ["output"] } }],
        },
      },
    },
  },
} as const;

export interface HealthJson {
  readonly status: string;
  readonly output?: string;
  readonly checks: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;
}

const validate = new Ajv({ allErrors: true, strict: false }).compile<HealthJson>(healthJson);

/** Throws if the text is not health+json. */
export function parseHealthJson(text: string): HealthJson {
  const body: unknown = JSON.parse(text);
  if (!validate(body)) throw new Error(`not health+json: ${JSON.stringify(validate.errors)} in ${text}`);
  return body;
}
