import { nothing, refused, type Notation, type Sign } from "./notation.ts";

const header = /^\s*--[ \t]*liquibase formatted sql/i;
const fix = "Let Liquibase run it with upgrade.migrate, or write it as a plain file";

/** Attributes of a change set that do not change how it runs here. */
const harmless =
  /^(?:splitStatements:\w+|rollbackSplitStatements:\w+|rollbackEndDelimiter:.*|stripComments:\w+|logicalFilePath:.*|failOnError:true|runInTransaction:true|dbms:postgresql|created:.*|changeLogId:.*)$/i;

/**
 * https://docs.liquibase.com/concepts/changelogs/sql-format.html seaworthy runs a file as one migration: its change
 * sets run once, in order. Rollback statements are in comments.
 */
export const liquibase: Notation = {
  title: "Liquibase",
  claim:
    /^[ \t]*--[ \t]*(?:liquibase|changeset|preconditions?|precondition-\S*|property|include|includeAll|ignoreLines|validCheckSum|rollback)\b.*$/gim,
  read(line, { source }) {
    const [, word = "", rest = ""] = /^--[ \t]*([\w]+)(.*)$/.exec(line) ?? [];
    const isFormatted = header.test(source);
    if (word.toLowerCase() === "changeset") return isFormatted ? readChangeSet(rest) : readStray(rest);
    if (!isFormatted) return { kind: "loose" };
    switch (word.toLowerCase()) {
      case "liquibase":
      case "rollback":
      case "validchecksum":
        return nothing;
      default:
        return refused(`seaworthy does not do what Liquibase does for "${word}"`, fix);
    }
  },
};

function readChangeSet(rest: string): Sign {
  const [id = "", ...attributes] = rest.match(/(?:"[^"]*"|\S)+/g) ?? [];
  if (!/^[^:]+:[^:]+$/.test(id)) return refused("a change set is written as author:id");
  const other = attributes.find((attribute) => !harmless.test(attribute.replaceAll('"', "")));
  if (other !== undefined) return refused(`seaworthy does not do what Liquibase does for "${other}"`, fix);
  return { kind: "break" };
}

/** `--changeset me:1` in a file without the header is refused. In a sentence, `changeset` is only a word. */
function readStray(rest: string): Sign {
  if (!/^[ \t]+[^\s:]+:[^\s:]+/.test(rest)) return { kind: "loose" };
  return refused("the file does not begin with `--liquibase formatted sql`", "Add that line, or remove this one");
}
