/** Something that applies a folder of migrations. */
export interface Runner {
  readonly name: string;
  readonly leftOut?: string | undefined;
  /** Why it has no figure where it has nothing in its folder. */
  readonly withoutMigrations?: string;
  /** What it is measured in. Default: in everything. */
  readonly only?: "apply" | "no-op";
  /** Writes an image with these migrations, in order, and says how it is upgraded. */
  readonly write: (folder: string, migrations: readonly Migration[]) => Upgrade | Promise<Upgrade>;
}

export interface Upgrade {
  readonly argv: readonly string[];
  /** Beside PATH, HOME and DATABASE_URL. */
  readonly environment: Readonly<Record<string, string>>;
  /** How it wants the database's URL. Default: in DATABASE_URL, and no more. */
  readonly urlAs?: "argument" | "without TLS";
}

export interface Migration {
  /** From 1, with as many zeros before it as keep the order of names. */
  readonly number: string;
  readonly sql: string;
}

export function listMigrations(count: number, sqlOf: (number: string) => string): readonly Migration[] {
  return Array.from({ length: count }, (_, index) => {
    const number = String(index + 1).padStart(6, "0");
    return { number, sql: sqlOf(number) };
  });
}
