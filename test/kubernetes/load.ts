import assert from "node:assert/strict";
import { waitLong } from "../harness/engine/patience.ts";
import { ways, type Tallies } from "./client/clients.ts";
import { addressOf, type Home } from "./home.ts";
import { clientsOf } from "./manifests.ts";

/** Answers that each client still gets after an action, so that a late failure is seen. */
const furtherAnswers = 20;

/** The load clients, in a Pod. Each scenario may start several, one after the other. */
let started = 0;

/**
 * Runs `action` under load. `releases` may answer, and each of them must. The load lasts until every client has had further
 * answers, and one from each release: a kept connection can stay with an old Pod while it drains. Prints the counts.
 */
export async function underLoad(
  home: Home,
  releases: readonly string[],
  action: () => Promise<void>,
): Promise<Tallies> {
  const { kubectl, namespace, images } = home;
  const name = `clients-${++started}`;
  const service = `http://${await addressOf(kubectl, "shop")}:80`;
  await kubectl.apply(clientsOf(images.clients, name, service, releases));
  await kubectl.run(["wait", "--for=condition=Ready", `pod/${name}`, "--timeout=120s"]);
  const ask = async (path: string) => {
    const proxy = `/api/v1/namespaces/${namespace}/pods/${name}:9000/proxy/${path}`;
    return JSON.parse(await kubectl.run(["get", "--raw", proxy])) as Tallies;
  };
  const end = async () => {
    const tallies = await ask("stop");
    for (const line of describeTallies(tallies)) console.log(line);
    await kubectl.run(["delete", "pod", name, "--wait=false"]);
    return tallies;
  };
  try {
    await action();
    await expectFurther(releases, () => ask("tallies"));
  } catch (error) {
    // The first error says more.
    await end().catch(() => {});
    throw error;
  }
  return end();
}

async function expectFurther(releases: readonly string[], read: () => Promise<Tallies>): Promise<void> {
  const before = await read();
  await waitLong(
    `further answers to every client, from ${releases.join(" and ")}`,
    async () => {
      const now = await read();
      return ways.every((way) => {
        const isFurther = rightOf(now, way) >= rightOf(before, way) + furtherAnswers;
        return isFurther && releases.every((release) => (now[way].releases[release] ?? 0) > 0);
      });
    },
    async () => describeTallies(await read()).join("\n"),
  );
}

function rightOf(tallies: Tallies, way: (typeof ways)[number]): number {
  return Object.values(tallies[way].releases).reduce((sum, count) => sum + count, 0);
}

export function describeTallies(tallies: Tallies): readonly string[] {
  return ways.map((way) => {
    const { requests, failed, wrong, repeated, releases } = tallies[way];
    const counts = `${requests} requests, ${failed.length} failed, ${wrong.length} wrong, ${repeated} repeated`;
    const answers = Object.entries(releases).toSorted(([one], [other]) => one.localeCompare(other));
    const right = answers.map(([release, count]) => `${count} from ${release}`).join(", ");
    return `  ${way.padEnd(17)} ${counts}; right answers: ${right || "none"}`;
  });
}

/** Asserts that every answer to every client was right, and that exactly these releases answered. */
export function assertFlawless(tallies: Tallies, releases: readonly string[]): void {
  for (const way of ways) {
    const tally = tallies[way];
    assert.deepEqual(tally.failed, [], `${way}: failed requests`);
    assert.deepEqual(tally.wrong, [], `${way}: wrong answers`);
    assert.deepEqual(Object.keys(tally.releases).toSorted(), releases.toSorted(), `${way}: releases that answered`);
    // Shows that there was load all the time.
    assert.ok(tally.requests > 2 * furtherAnswers, `${way}: only ${tally.requests} requests`);
  }
}
