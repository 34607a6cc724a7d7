import type { StatementError } from "../../kernel/database.ts";

/** The server's own words for an error: its number is more precise than its SQLSTATE. */
export interface ServerError {
  readonly number: number | undefined;
  readonly sqlState: string;
}

export function serverErrorOf({ cause, sqlState }: StatementError): ServerError {
  if (!(cause instanceof Error)) return { number: undefined, sqlState };
  const { errno, sqlState: own } = cause as { readonly errno?: unknown; readonly sqlState?: unknown };
  return {
    number: typeof errno === "number" ? errno : undefined,
    sqlState: typeof own === "string" ? own : sqlState,
  };
}

/** `error 1060, SQLSTATE 42S21` */
export function describeNumber(error: StatementError): string {
  const { number, sqlState } = serverErrorOf(error);
  return [...(number === undefined ? [] : [`error ${number}`]), `SQLSTATE ${sqlState}`].join(", ");
}
