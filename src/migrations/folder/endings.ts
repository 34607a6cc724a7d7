/** Languages whose migrations seaworthy does not run, by file ending. */
export const languages: Readonly<Record<string, string>> = {
  go: "Go",
  rb: "Ruby",
  py: "Python",
  php: "PHP",
  java: "Java",
  class: "Java",
  kt: "Kotlin",
  kts: "Kotlin",
  groovy: "Groovy",
  scala: "Scala",
  clj: "Clojure",
  edn: "EDN",
  ex: "Elixir",
  exs: "Elixir",
  cs: "C#",
  fs: "F#",
  vb: "Visual Basic",
  pl: "Perl",
  pm: "Perl",
  rs: "Rust",
  cr: "Crystal",
  dart: "Dart",
  swift: "Swift",
  coffee: "CoffeeScript",
  sh: "A shell script",
  bash: "A shell script",
  ps1: "PowerShell",
  bat: "A batch file",
  cmd: "A batch file",
};

/** Endings that are common for other files beside migrations: these count only with a migration's name. */
export const commonBeside: ReadonlySet<string> = new Set(["go", "rs", "sh", "bash", "ps1", "bat", "cmd"]);

/** Names of programs beside migrations that are not migrations: runners, shared code, tests. */
export const helperName =
  /^(?:_.*|migrat(?:e|ions?|or)|(?:run|apply)(?:[-_]?(?:all|migrations?))?|runner|index|main|mod|lib|build|doc|env|conftest|setup|manage|config\w*|utils?|helpers?|common|tests?|test_.*|.*[._-](?:test|spec)|package-info)$/i;

/** Other endings of SQL. */
export const sqlEndings: ReadonlySet<string> = new Set([
  ...["psql", "pgsql", "plsql", "plpgsql", "ddl", "dml", "mysql", "tsql"],
]);

/** Endings of files that are never migrations, whatever their names are. */
export const otherEndings: ReadonlySet<string> = new Set([
  ...["md", "markdown", "mdx", "txt", "rst", "adoc", "html", "pdf", "png", "svg", "jpg", "drawio", "puml", "mmd"],
  ...["csv", "tsv", "dat", "parquet", "xlsx", "log", "lock", "sum", "map", "snap", "sha256", "md5", "sig", "asc"],
  ...["gz", "zst", "bz2", "xz", "zip", "tar", "diff", "patch", "ini", "cfg", "out"],
]);

/** Endings that set a migration aside. */
export const asideEndings: ReadonlySet<string> = new Set([
  ...["bak", "old", "orig", "rej", "swp", "swo", "tmp", "disabled", "skip", "skipped", "off", "example", "sample"],
  ...["sha256", "md5", "sig", "asc", "map", "md"],
]);

/** Whether a file in a migration's folder could be a part of that migration, or another migration. */
export function couldBeMigration(name: string): boolean {
  const ending = /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
  if (name.startsWith("._") || name.endsWith("~") || asideEndings.has(ending) || /\.d\.[cm]?ts$/i.test(name))
    return false;
  if (ending === "sql" || sqlEndings.has(ending) || languages[ending] !== undefined) return true;
  return /^[cm]?[jt]sx?$/.test(ending) || /\.sql\.\w+$|^(?:up|migration)\.\w+$|^\d+[-_.]\w+$/i.test(name);
}
