/**
 * Separates the statements of a message to SQLite, which then runs them one by one. A StatementError counts those that were
 * done. No SQL text holds this character.
 */
export const statementSeparator = "\0";
