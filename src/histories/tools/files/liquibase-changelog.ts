import { load } from "js-yaml";
import { ExitCode, Failure, messageOf } from "../../../kernel/failure.ts";

export interface ChangeSet {
  readonly id: string;
  readonly author: string;
  /** Liquibase records it in place of the file's path. */
  readonly path: string | undefined;
  readonly dbms: string | undefined;
  readonly ignore: boolean;
}

export interface Include {
  readonly include: string;
  /** Whether the path is relative to the changelog's folder, not to Liquibase's search path. */
  readonly relative: boolean;
  /** Whether it includes all files of a folder. */
  readonly all: boolean;
}

export interface Changelog {
  readonly steps: readonly (ChangeSet | Include)[];
  readonly includes: readonly Include[];
}

export function isChangelog(file: string): boolean {
  return /\.(xml|ya?ml|json|sql)$/i.test(file);
}

/**
 * Reads a changelog in any notation. A file that is not a changelog has no steps. Throws a Failure (78) for broken
 * YAML.
 */
export function parseChangelog(file: string, text: string): Changelog {
  const steps = stepsOf(file, text);
  return { steps, includes: steps.filter((step) => "include" in step) };
}

function stepsOf(file: string, text: string): readonly (ChangeSet | Include)[] {
  if (/\.xml$/i.test(file)) return parseXml(text);
  if (/\.sql$/i.test(file)) return parseSql(text);
  if (!text.includes("databaseChangeLog")) return [];
  try {
    return parseTree(load(text));
  } catch (error) {
    throw new Failure(ExitCode.configuration, `cannot read the changelog ${file}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

type Attributes = Readonly<Record<string, unknown>>;

function changeSet(attributes: Attributes, logicalPath: string | undefined): ChangeSet {
  return {
    id: String(attributes["id"]),
    author: String(attributes["author"]),
    path: textOf(attributes["logicalFilePath"]) ?? logicalPath,
    dbms: textOf(attributes["dbms"]),
    ignore: String(attributes["ignore"]) === "true",
  };
}

function include(attributes: Attributes, all: boolean): Include {
  return {
    include: textOf(attributes[all ? "path" : "file"]) ?? "",
    relative: String(attributes["relativeToChangelogFile"]) === "true",
    all,
  };
}

const textOf = (value: unknown) => (value === undefined || value === null ? undefined : String(value));

function parseXml(text: string): readonly (ChangeSet | Include)[] {
  const bare = text.replaceAll(/<!--[\s\S]*?-->/g, "").replaceAll(/<!\[CDATA\[[\s\S]*?\]\]>/g, "");
  let logicalPath: string | undefined;
  const steps: (ChangeSet | Include)[] = [];
  for (const [, tag, inside = ""] of bare.matchAll(
    /<(?:\w+:)?(databaseChangeLog|changeSet|include|includeAll)\b((?:"[^"]*"|'[^']*'|[^>"'])*)>/g,
  )) {
    const attributes = Object.fromEntries(
      [...inside.matchAll(/([\w:]+)\s*=\s*("[^"]*"|'[^']*')/g)].map(([, name = "", quoted = ""]) => [
        name,
        unescapeXml(quoted.slice(1, -1)),
      ]),
    );
    if (tag === "databaseChangeLog") logicalPath = attributes["logicalFilePath"];
    else if (tag === "changeSet") steps.push(changeSet(attributes, logicalPath));
    else steps.push(include(attributes, tag === "includeAll"));
  }
  return steps;
}

const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function unescapeXml(text: string): string {
  return text.replaceAll(/&(\w+);/g, (whole, name: string) => entities[name] ?? whole);
}

/** YAML and JSON: JSON is YAML too. */
function parseTree(document: unknown): readonly (ChangeSet | Include)[] {
  const entries =
    (document as { readonly databaseChangeLog?: readonly Readonly<Record<string, unknown>>[] } | null)
      ?.databaseChangeLog ?? [];
  let logicalPath: string | undefined;
  return entries.flatMap((entry): readonly (ChangeSet | Include)[] => {
    logicalPath = textOf(entry["logicalFilePath"]) ?? logicalPath;
    if (entry["changeSet"] !== undefined) return [changeSet(entry["changeSet"] as Attributes, logicalPath)];
    if (entry["include"] !== undefined) return [include(entry["include"] as Attributes, false)];
    if (entry["includeAll"] !== undefined) return [include(entry["includeAll"] as Attributes, true)];
    return [];
  });
}

/** `--liquibase formatted sql`, then `--changeset author:id dbms:postgresql ignore:true`. */
function parseSql(text: string): readonly ChangeSet[] {
  const header = /^\s*--\s*liquibase\s+formatted\s+sql(.*)/i.exec(text);
  if (header === null) return [];
  const logicalPath = sqlAttributes(header[1] ?? "")["logicalFilePath"];
  return [
    ...text.matchAll(/^[ \t]*--\s*changeset\s+(?:"([^"]*)":"([^"]*)"|"([^":]*):([^"]*)"|([^:\n]+?):(\S+))(.*)$/gim),
  ].map((match) => {
    const [, ...groups] = match;
    const [author, id] = groups.slice(0, 6).filter((group) => group !== undefined);
    return changeSet({ ...sqlAttributes(groups[6] ?? ""), author: author?.trim(), id }, logicalPath);
  });
}

function sqlAttributes(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...text.matchAll(/(\w+):("[^"]*"|\S+)/g)].map(([, name = "", value = ""]) => [name, value.replaceAll('"', "")]),
  );
}
