import { promises as mysql } from "../../src/ledger/mysql/promises.ts";
import { promises as postgres } from "../../src/ledger/postgres/promises.ts";
import { promises as sqlite } from "../../src/ledger/sqlite/promises.ts";
import { promised } from "../../src/ledger/promises.ts";

const engines = [postgres, mysql, sqlite];
const keys = Object.keys(promised) as (keyof typeof promised)[];

/** What each engine promises, and how. */
export function engineTable(): string {
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const table = [
    row(["", ...engines.map(({ title }) => title)]),
    row(["---", ...engines.map(() => "---")]),
    ...keys.map((key) => row([promised[key], ...engines.map(({ answers }) => answers[key].kept)])),
    row(["Tested on", ...engines.map(({ tested }) => tested)]),
  ];
  const lists = engines.flatMap(({ title, answers }) => [
    "",
    `**${title}:**`,
    "",
    ...keys.map((key) => `- ${promised[key]}: ${answers[key].kept}; ${answers[key].how}.`),
  ]);
  return [...table, ...lists].join("\n");
}
