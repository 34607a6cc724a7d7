import { overridesOf } from "../../src/config/override.ts";
import { settingsShape } from "../../src/config/settings.ts";
import { joinPath, type Fields, type JsonSchema, type Problem } from "../../src/config/shapes/shape.ts";

/** The options that stand beside each other in one map. */
export interface OptionSection {
  /** `upgrade`; `dependencies.NAME`; empty for the file's own keys. Several where maps are alike. */
  readonly paths: readonly string[];
  /** `kind: schema`, where the value of one key decides which others there are. */
  readonly variant?: string;
  readonly description: string;
  readonly options: readonly Option[];
}

export interface Option {
  readonly key: string;
  /** What an error message calls allowed, unit included. */
  readonly allowed: string;
  /** As it would be written in the file; "required" where there is none; empty where left out means nothing. */
  readonly whenLeftOut: string;
  /** The environment variable that sets it, or empty. */
  readonly variable: string;
  readonly meaning: string;
}

/** A map of the configuration on its way from the root to its sections. */
interface Place {
  readonly path: string;
  readonly schema: JsonSchema;
  readonly variant?: Readonly<Record<string, string>>;
  /** Known down to the first map whose names are the user's. */
  readonly fields: Fields | undefined;
  /** A whole configuration that holds this value here. */
  readonly wrap: (value: unknown) => unknown;
}

/** Stands for a name that the user chooses. */
const anyName = "NAME";

const variables = new Map(
  overridesOf(settingsShape.fields ?? {}).map(({ name, path }) => [path.reduce<string>(joinPath, ""), name]),
);

/** Every option there is, found by walking the schema that editors get. */
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
    description: descriptionOf(schema),
    options: children.map((child) => describeOption(child, place)),
  };
  return [section, ...children.flatMap(sectionsOf)];
}

/** The values under the fixed keys of a map. The key that decides on the variant is in the section's title. */
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

/** What stands below a value that has no fixed keys: the entries of a map or a list, or one of several variants. */
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
  // What is one of many has a rule that says it shorter.
  if (Array.isArray(choices) && choices.length <= longestChoice)
    return choices.map((choice) => code(String(choice))).join(", ");
  const isMap = alternatives.some(({ type }) => type === "object");
  if (isMap && alternatives.length > 1) {
    const isSwitch = alternatives.some(({ type }) => type === "boolean");
    return `${isSwitch ? "true or false" : expectedAt(place)}, or a map`;
  }
  const expected = isMap ? "a map" : expectedAt(place);
  // A list that says no more than that it is one leaves the rest to its items; a map has a table of its own, or values.
  const [inner, ...others] = nestedPlaces(place);
  const isTold = expected === "a list" || (isMap && inner !== undefined && childrenOf(inner).length === 0);
  return inner && others.length === 0 && isTold ? `${expected}. Each: ${allowedBy(inner)}` : expected;
}

/** The words in which the program itself refuses a value that is never allowed here: table and message cannot differ. */
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

function descriptionOf(schema: JsonSchema): string {
  const described = [schema, ...alternativesOf(schema).filter(({ type }) => type === "object")];
  return String(described.find(({ description }) => description !== undefined)?.["description"] ?? "");
}

const toYaml = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
const code = (text: string) => `\`${text}\``;
