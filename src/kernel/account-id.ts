/** The highest number of a user or a group: the one above it means "none" to the kernel. */
export const highestId = 2 ** 32 - 2;
