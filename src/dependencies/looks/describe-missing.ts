import { countIs } from "../../kernel/count.ts";

/** How many names a message lists before it only counts. */
const namesShown = 10;

/** "2 migrations are not applied: 003_a, 004_b" */
export function describeMissing(missing: readonly string[]): string {
  const more = missing.length > namesShown ? ` and ${missing.length - namesShown} more` : "";
  const names = missing.slice(0, namesShown).join(", ");
  return `${countIs(missing.length, "migration")} not applied: ${names}${more}`;
}
