import { createPool } from "mysql2/promise";

const pool = createPool(process.env.DATABASE_URL);

export async function query(sql) {
  const [rows] = await pool.query(sql);
  return rows;
}

export const close = () => pool.end();
