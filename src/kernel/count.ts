/** "1 migration", "2 migrations" */
export function countOf(count: number, noun: string): string {
  return `${count} ${count === 1 ? noun : `${noun}s`}`;
}

/** "1 migration is", "2 migrations are" */
export function countIs(count: number, noun: string): string {
  return `${countOf(count, noun)} ${isOrAre(count)}`;
}

export function isOrAre(count: number): "is" | "are" {
  return count === 1 ? "is" : "are";
}

/** "its first statement is done", "its first 2 statements are done" */
export function firstStatementsDone(count: number): string {
  return count === 1 ? "its first statement is done" : `its first ${count} statements are done`;
}
