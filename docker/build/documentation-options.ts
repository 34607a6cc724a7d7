import { overridesOf } from "../../src/config/override.ts";
import { settingsShape } from "../../src/config/settings.ts";
import { joinPath, type Fields, type JsonSchema, type Problem } from "../../src/config/shapes/shape.ts";

/** The options of one map. */
export interface OptionSection {
  /** `upgrade`, `dependencies.NAME`, or empty for the top level. Maps with the same options share a section. */
  readonly paths: readonly string[];
  /** `kind: schema`, if the value of one key decides which other keys exist. */
  readonly variant?: string;
  readonly description: string;
  readonly options: readonly Option[];
}

export interface Option {
  readonly key: string;
  /** The same words as in the error message, with the unit. */
  readonly allowed: string;
  /** The default, as YAML; "required" if the key must be set; empty if leaving it out has no effect. */
  readonly whenLeftOut: string;
  /** The environment variable that sets it, or empty. */
  readonly variable: string;
  readonly meaning: string;
}

/** A value in the configuration, met while walking from the root to the sections. */
interface Place {
  readonly path: string;
  readonly schema: JsonSchema;
  readonly variant?: Readonly<Record<string, string>>;
  /** Known down to the first map whose keys the user names. */
  readonly fields: Fields | undefined;
  /** Returns a whole configuration with the given value in this place. */
  readonly wrap: (value: unknown) => unknown;
}

/** Stands for a name that the user chooses. */
const anyName = "NAME";

const variables = new Map(
  overridesOf(settingsShape.fields ?? {}).map(({ name, path }) => [path.reduce<string>(joinPath, ""), name]),
);

/** Every option, found by walking the JSON Schema that editors use. */
export function optionSections(): readonly OptionSection[] {
  const root: Place = { path: "", schema: settingsShape.schema, fields: settingsShape.fields, wrap: (value) => value };
  const byContent = new Map<string, OptionSection>();
  for (const section of sectionsOf(root)) {
    const key = JSON.stringify({ ...section, paths: [] });
    byContent.set(key, { ...section, paths: [...(byContent.get(key)?.paths ?? []), ...section.paths] });
  }
  return [...byContent.values()];
}

function sectionsOf(place: Place): readonly OptionSection[] {
  const { path, schema, variant } = place;
  const children = childrenOf(place);
  if (children.length === 0) return nestedPlaces(place).flatMap(sectionsOf);
  const section: OptionSection = {
    paths: [path.replaceAll("[0]", "[]")],
    ...(variant && { variant: Object.entries(variant).flat().join(": ") }),
    description: sectionDescriptionOf(schema),
    options: children.map((child) => describeOption(child, place)),
  };
  return [section, ...children.flatMap(sectionsOf)];
}

/** The values under a map's fixed keys. The key that selects the variant is left out: it is in the section's title. */
function childrenOf({ path, schema, variant, fields, wrap }: Place): readonly (Place & { readonly key: string })[] {
  return Object.entries(propertiesOf(schema)).flatMap(([key, property]) => {
    if (variant && key in variant) return [];
    return {
      key,
      path: joinPath(path, key),
      schema: property,
      fields: fields?.[key]?.shape.fields,
      wrap: (value: unknown) => wrap({ ...variant, [key]: value }),
    };
  });
}

/** The values below a value without fixed keys: the entries of a map or a list, or the variants. */
function nestedPlaces({ path, schema, wrap }: Place): readonly Place[] {
  const { additionalProperties, items } = alternativesOf(schema).find(isCollection) ?? {};
  if (isSchema(additionalProperties)) {
    const inner = joinPath(path, anyName);
    return variantsOf({ path: inner, schema: additionalProperties, wrap: (value) => wrap({ [anyName]: value }) });
  }
  if (isSchema(items)) return variantsOf({ path: joinPath(path, 0), schema: items, wrap: (value) => wrap([value]) });
  return [];
}

function variantsOf(place: Omit<Place, "fields">): readonly Place[] {
  const variants = place.schema["oneOf"];
  if (!Array.isArray(variants)) return [{ ...place, fields: undefined }];
  return variants.filter(isSchema).map((schema) => {
    const fixed = Object.entries(propertiesOf(schema)).filter(([, property]) => "const" in property);
    const variant = Object.fromEntries(fixed.map(([key, property]) => [key, String(property["const"])]));
    return { ...place, schema, variant, fields: undefined };
  });
}

function describeOption({ key, path, schema, wrap }: Place & { readonly key: string }, parent: Place): Option {
  const required = (parent.schema["required"] ?? []) as readonly string[];
  const field = parent.fields?.[key];
  const fallback = schema["default"] ?? (Array.isArray(field?.fallback) ? field.fallback : undefined);
  const examples = ((schema["examples"] ?? []) as readonly unknown[]).map((example) => code(String(example)));
  return {
    key,
    allowed: allowedBy({ path, schema, fields: undefined, wrap }),
    whenLeftOut: fallback === undefined ? (required.includes(key) ? "required" : "") : code(toYaml(fallback)),
    variable: variables.get(path) ?? "",
    meaning: [descriptionOf(schema), ...(examples.length > 0 ? [`Example: ${examples.join(", ")}.`] : [])].join(" "),
  };
}

const longestChoice = 10;

function allowedBy(place: Place): string {
  const alternatives = alternativesOf(place.schema);
  const choices = alternatives.find((alternative) => Array.isArray(alternative["enum"]))?.["enum"];
  // A long list of choices has a rule that is shorter to read.
  if (Array.isArray(choices) && choices.length <= longestChoice)
    return choices.map((choice) => code(String(choice))).join(", ");
  const isMap = alternatives.some(({ type }) => type === "object");
  if (isMap && alternatives.length > 1) {
    if (alternatives.some((alternative) => alternative["const"] === false)) return `${code("false")}, or a map`;
    const isSwitch = alternatives.some(({ type }) => type === "boolean");
    return `${isSwitch ? "true or false" : expectedAt(place)}, or a map`;
  }
  const expected = isMap ? "a map" : expectedAt(place);
  // Plain lists, and maps without their own table, also describe their items.
  const [inner, ...others] = nestedPlaces(place);
  const describesItems = expected === "a list" || (isMap && inner !== undefined && childrenOf(inner).length === 0);
  return inner && others.length === 0 && describesItems ? `${expected}. Each: ${allowedBy(inner)}` : expected;
}

/** Taken from the program's own error message for a value that is never allowed, so the table and the message agree. */
function expectedAt({ path, wrap }: Place): string {
  const problems: Problem[] = [];
  settingsShape.read(wrap(Symbol("never allowed")), { path: "", problems });
  const refusal = problems.find((problem) => problem.path === path)?.message;
  return /^expected (.*), received /.exec(refusal ?? "")?.[1] ?? "any value";
}

function propertiesOf(schema: JsonSchema): Readonly<Record<string, JsonSchema>> {
  const withKeys = alternativesOf(schema).find((alternative) => isSchema(alternative["properties"]));
  return (withKeys?.["properties"] ?? {}) as Readonly<Record<string, JsonSchema>>;
}

function alternativesOf(schema: JsonSchema): readonly JsonSchema[] {
  return (schema["anyOf"] ?? [schema]) as readonly JsonSchema[];
}

const isCollection = (schema: JsonSchema) => isSchema(schema["additionalProperties"]) || isSchema(schema["items"]);

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null;
}

/** What a map's own keys are for. Beside another form of the value, the value may be described by something else. */
function sectionDescriptionOf(schema: JsonSchema): string {
  const map = alternativesOf(schema).find(({ type, description }) => type === "object" && description !== undefined);
  return descriptionOf(map ?? schema);
}

function descriptionOf(schema: JsonSchema): string {
  const described = [schema, ...alternativesOf(schema).filter(({ type }) => type === "object")];
  return String(described.find(({ description }) => description !== undefined)?.["description"] ?? "");
}

const toYaml = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
const code = (text: string) => `\`${text}\``;
