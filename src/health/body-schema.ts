/** The JSON Schema of the health endpoint's answers, for programs that read them. */
export const bodySchema = {
  title: "An answer of seaworthy's health endpoint: application/health+json",
  description:
    "A document of draft-inadarei-api-health-check-06. Keys beyond the draft: phase, neededValue, verdict, restarts, since, pending, pendingCount. If health.details hides the dependencies, there are no checks, no output and no notes.",
  type: "object",
  additionalProperties: false,
  required: ["status", "serviceId", "description", "phase"],
  properties: {
    status: { $ref: "#/$defs/status" },
    version: { description: "The version of the image.", type: "string", minLength: 1 },
    serviceId: { description: "The name of the app.", type: "string", minLength: 1 },
    description: { description: "The subject of the check, in words.", type: "string" },
    phase: {
      description:
        "The container's activity: it runs the app, waits before it starts the app, is being stopped, or upgrades.",
      enum: ["run", "holding", "draining", "upgrade"],
    },
    output: {
      description: "One line that describes the problem. Left out if there is none.",
      type: "string",
      minLength: 1,
    },
    notes: {
      description: "Hints although nothing fails, for example that nothing is checked.",
      type: "array",
      items: { type: "string", minLength: 1 },
      minItems: 1,
    },
    checks: {
      description: "One entry for each dependency (`NAME:version`) and process (`NAME:process`).",
      type: "object",
      patternProperties: {
        "^[A-Za-z0-9_-]+:version$": { $ref: "#/$defs/dependencies" },
        "^[A-Za-z0-9_-]+:process$": { $ref: "#/$defs/processes" },
      },
      additionalProperties: false,
    },
  },
  if: { properties: { status: { const: "pass" } } },
  // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema; a schema is never awaited
  then: { properties: { output: false } },
  $defs: {
    status: { description: "pass and warn come with 200, fail with 503.", enum: ["pass", "warn", "fail"] },
    dependencies: { type: "array", items: { $ref: "#/$defs/dependency" }, minItems: 1, maxItems: 1 },
    dependency: {
      type: "object",
      additionalProperties: false,
      required: ["componentId", "componentType", "status", "verdict", "since"],
      properties: {
        componentId: { description: "The name of the dependency.", type: "string" },
        componentType: { description: "Its type, in the draft's words.", enum: ["component", "datastore", "system"] },
        observedValue: { description: "The version that was found.", type: "string" },
        neededValue: { description: "The version that this image needs.", type: "string" },
        status: { $ref: "#/$defs/status" },
        verdict: {
          description: "The result of the last look.",
          enum: ["compatible", "behind", "outgrown", "dirty", "upgrading", "unreachable", "unreadable", "unknown"],
        },
        time: {
          description: "The time of the last look. Left out before the first look.",
          type: "string",
          format: "date-time",
        },
        since: { description: "The time of the last change of the verdict.", type: "string", format: "date-time" },
        output: { description: "The cause and the fix. Left out if compatible.", type: "string", minLength: 1 },
        pending: {
          description: "The names of the first ten missing migrations, in the order in which an upgrade applies them.",
          type: "array",
          items: { type: "string" },
          minItems: 1,
          maxItems: 10,
        },
        pendingCount: { description: "The number of missing migrations.", type: "integer", minimum: 1 },
      },
      dependentRequired: { pending: ["pendingCount"], pendingCount: ["pending"] },
      if: { properties: { verdict: { const: "compatible" } } },
      // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema; a schema is never awaited
      then: { properties: { status: { const: "pass" }, output: false, pending: false } },
      else: { properties: { status: { enum: ["warn", "fail"] } }, required: ["output"] },
    },
    processes: { type: "array", items: { $ref: "#/$defs/process" }, minItems: 1, maxItems: 1 },
    process: {
      type: "object",
      additionalProperties: false,
      required: ["componentId", "componentType", "observedValue", "status", "restarts"],
      properties: {
        componentId: { description: "The name of the process.", type: "string" },
        componentType: { description: "Always `system`.", const: "system" },
        observedValue: { description: "Its state.", type: "string" },
        status: { $ref: "#/$defs/status" },
        restarts: { description: "How often it was restarted.", type: "integer", minimum: 0 },
      },
    },
  },
};
