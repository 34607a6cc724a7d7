import { Pool } from "pg";

const pool = new Pool({ connectionString: process.env.DATABASE_URL });
pool.on("error", (error) => console.error(`lost an idle connection: ${error.message}`));

export async function query(sql) {
  const { rows } = await pool.query(sql);
  return rows;
}

export const close = () => pool.end();
