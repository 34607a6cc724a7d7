import { DatabaseSync } from "node:sqlite";

const { pathname } = new URL(process.env.DATABASE_URL);
// SQLite has one writer: a reader may have to wait while a migration commits.
const database = new DatabaseSync(decodeURIComponent(pathname), { readOnly: true, timeout: 5000 });

export const query = async (sql) => database.prepare(sql).all();

export const close = async () => database.close();
