import { asideEndings, commonBeside, helperName, languages, otherEndings, sqlEndings } from "./endings.ts";
import { refuseFlyway } from "./flyway.ts";
import { readHead, type Entry } from "./listing.ts";
import { refuseFile } from "./refusal.ts";

/** Names of migrations: a number or a date, or the forms of Flyway, Doctrine, MikroORM and SeaORM. */
const migrationName = /^(?:\d|[VUBR][\d._]*__|Version\d{8}|Migration\d{8}|m\d{6,}_)/;
/** SQL files for other purposes. Without a number, they would run last. */
const otherSql =
  /^(?:schema|structure|dump|seeds?|current|init|bootstrap|setup|reset|clean|cleanup|teardown|drop|drop_all|all)\.sql$/i;
const byTool =
  "Let its tool run it with upgrade.migrate, write it as .sql or .js, or make it a program: number it, begin it with #! and set its run bit (chmod +x)";
const asProgram = "Begin its name with a number, begin the file with #!/bin/sh, and set its run bit (chmod +x)";
const isShell = (ending: string) => ending === "sh" || ending === "bash";

/** Throws a Failure (78) for a file that looks like a migration but would be skipped or run wrongly. */
export function refuseSkipped(entry: Entry, names: readonly string[]): void {
  const { name, path } = entry;
  refuseFlyway(entry, names);
  if (name.startsWith("._")) {
    const fix = "Delete it, and add `**/._*` to .dockerignore";
    refuseFile(path, "it is not a migration: macOS writes such files beside the real ones", fix);
  }
  if (/^\.(?:\d.*\.[cm]?js|.*\.sql)$/i.test(name)) refuseFile(path, "a hidden file is not run", "Rename or delete it");
  if (isAside(name) || name.startsWith(".")) return;
  const after = /\.sql\.([^.]+)$/i.exec(name)?.[1];
  if (after !== undefined) {
    refuseFile(
      path,
      `with the ending .${after} it is not run`,
      "Turn it into a .sql file when the image is built, or delete it",
    );
  }
  const ending = /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
  if (/^[cm]?tsx?$/.test(ending) && !/\.d\.[cm]?ts$/i.test(name)) {
    refuseFile(path, "TypeScript is not run", "Compile it to JavaScript when the image is built");
  }
  if (sqlEndings.has(ending)) refuseFile(path, `with the ending .${ending} it is not run`, "Name it .sql");
  refuseProgram(entry, ending);
  refuseChangelog(entry, ending);
  refuseOther(entry, ending);
  if (otherSql.test(name) && names.some((one) => /^(?:\d|V\d).*\.(?:sql|[cm]?js)$/i.test(one))) {
    const cause = "it has no number, and would be run after the numbered migrations";
    refuseFile(path, cause, "Move it out of the folder, or give it a number");
  }
}

/** Whether a person or an editor has set the file aside. */
function isAside(name: string): boolean {
  return /~$|^#.*#$/.test(name) || asideEndings.has(/\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? "");
}

function refuseProgram({ name, path }: Entry, ending: string): void {
  const language = languages[ending];
  if (language === undefined) return;
  const stem = name.slice(0, -ending.length - 1);
  const looksLike = migrationName.test(name) || (!commonBeside.has(ending) && !helperName.test(stem));
  if (looksLike && !stem.endsWith("_test"))
    refuseFile(path, `${language} is not run`, isShell(ending) ? asProgram : byTool);
}

function refuseChangelog({ name, path, kind }: Entry, ending: string): void {
  if (!["xml", "yaml", "yml", "json"].includes(ending)) return;
  const isChangelog =
    /change-?_?(?:log|set)/i.test(name) || (kind === "file" && readHead(path).includes("databaseChangeLog"));
  if (isChangelog) refuseFile(path, "changelogs of Liquibase are not run", byTool);
}

/** `0001_create_users`, `01_create.toml`: a name with a leading number is a migration's, whatever its ending is. */
function refuseOther({ name, path }: Entry, ending: string): void {
  const isRead = /^(?:sql|[cm]?js)$/.test(ending) || /\.d\.[cm]?ts$/i.test(name);
  if (isRead || languages[ending] !== undefined || otherEndings.has(ending) || !/^\d+(?:[-_. ]|$)/.test(name)) return;
  const cause = "it is named like a migration, but is neither .sql, .js, .mjs or .cjs nor a program";
  const fix = "Write it as one of these, or rename it. A program begins with #!, or is a binary, and has its run bit";
  refuseFile(path, cause, fix);
}
