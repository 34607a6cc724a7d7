/** Random numbers that a seed reproduces. */
export interface Random {
  /** An integer from 0 to limit − 1. */
  readonly below: (limit: number) => number;
  /** A number with this many digits. If there are several, the first is not 0. */
  readonly digits: (length: number) => string;
}

/** xorshift32 (Marsaglia 2003): short, and good enough for test data. */
export function createRandom(seed: number): Random {
  let state = seed | 1;
  const below = (limit: number) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
  return {
    below,
    digits: (length) =>
      Array.from({ length }, (_, index) => (index === 0 && length > 1 ? below(9) + 1 : below(10))).join(""),
  };
}

const identifiers = ["alpha", "beta", "rc", "1", "2", "10", "rc1", "x", "next"];

/** A version in any form. Many are close to each other, because wrong orders show there. */
export function anyVersion(random: Random): string {
  const number = () => (random.below(4) === 0 ? random.digits(random.below(20) + 1) : String(random.below(3)));
  const numbers = Array.from({ length: random.below(4) + 1 }, number).join(".");
  const pick = () => identifiers[random.below(identifiers.length)] ?? "rc";
  const prerelease = random.below(2) === 0 ? "" : `-${Array.from({ length: random.below(3) + 1 }, pick).join(".")}`;
  const commits = random.below(4) === 0 ? `-${random.below(12)}-gabc1234` : "";
  return `${random.below(3) === 0 ? "v" : ""}${numbers}${prerelease}${commits}`;
}
