/**
 * The upgrade's advisory lock: one upgrade at a time in a database, for all apps. The key is the ASCII of "seaworth", in the
 * two halves that pg_locks shows.
 */
const high = 0x73_65_61_77;
const low = 0x6f_72_74_68;

/** The key as SQL. */
export const lockKey = (BigInt(high) * 2n ** 32n + BigInt(low)).toString();

/** The condition that picks the lock's row from pg_locks. */
export const lockRow = `locktype = 'advisory' AND classid = ${high} AND objid = ${low} AND objsubid = 1 AND granted
  AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())`;
