/** While a fleet waits for an upgrade, its database sees at most this many looks a second. Each look is a connection. */
const looksPerSecond = 50;
/** How many connections these looks hold at a time, together: a slow server sees fewer of them. */
const heldByLooks = 5;
const fastestMs = 500;

/**
 * How long one of `fleetSize` instances waits between two looks while all of them may be waiting, in milliseconds.
 * @param lookMs how long its last look took
 */
export function paceOf(fleetSize: number, lookMs: number): number {
  return Math.max(fastestMs, fleetSize * Math.max(1000 / looksPerSecond, lookMs / heldByLooks));
}
