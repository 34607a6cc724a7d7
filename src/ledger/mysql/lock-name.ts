/**
 * The upgrade lock's name as SQL. Locks belong to the server, and their names have at most 64 characters: hence the hash of
 * the database's name.
 */
export const lockName = "CONCAT('seaworthy ', SHA1(DATABASE()))";

/**
 * SQL for a zero, which fails unless this session holds the upgrade lock (`lockLost` in statement-errors.ts). Every record
 * has it, so a session that has lost the lock writes none. A number beyond the range is an error in every sql_mode.
 */
export const fence = `0 * (~0 + (1 - IFNULL(IS_USED_LOCK(${lockName}) = CONNECTION_ID(), 0)))`;
