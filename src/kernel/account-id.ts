/** The highest user or group ID. The kernel reads the next number as "none". */
export const highestId = 2 ** 32 - 2;
