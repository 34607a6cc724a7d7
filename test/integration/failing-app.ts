export const oneMigration = { "migrations/1_a.sql": "SELECT 1;" };
export const app = { name: "shop", version: "2.0.0" };
