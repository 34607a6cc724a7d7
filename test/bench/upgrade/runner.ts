/** A tool that applies a folder of migrations. */
export interface Runner {
  readonly name: string;
  readonly leftOut?: string | undefined;
  /** The reason for a missing figure if its folder is empty. */
  readonly withoutMigrations?: string;
  /** The only measurement that it takes part in. Default: all. */
  readonly only?: "apply" | "no-op";
  /** Writes an image with these migrations, in order, and returns the command that upgrades with it. */
  readonly write: (folder: string, migrations: readonly Migration[]) => Upgrade | Promise<Upgrade>;
}

export interface Upgrade {
  readonly argv: readonly string[];
  /** Additional to PATH, HOME and DATABASE_URL. */
  readonly environment: Readonly<Record<string, string>>;
  /** How the tool gets the database's URL. Default: only in DATABASE_URL. */
  readonly urlAs?: "argument" | "without TLS";
}

export interface Migration {
  /** From 1, with leading zeros, so that names sort in order. */
  readonly number: string;
  readonly sql: string;
}

export function listMigrations(count: number, sqlOf: (number: string) => string): readonly Migration[] {
  return Array.from({ length: count }, (_, index) => {
    const number = String(index + 1).padStart(6, "0");
    return { number, sql: sqlOf(number) };
  });
}
