import { runRounds, type Contender, type Measured } from "../rounds.ts";
import type { Suite } from "../suite.ts";
import { withoutPython } from "./container.ts";
import { exit, exitWhenIdle, orphans, signalAndStop, start } from "./lives.ts";
import { memory } from "./memory.ts";
import { copyNode } from "./node.ts";
import { idleServer, listPeers, type Peer } from "./peers.ts";
import { fetchPm2 } from "./pm2.ts";
import { formatTables } from "./tables.ts";

/**
 * seaworthy and its peers as real PID 1. Targets: a faster start than s6, supervisord and pm2; signals under 2 ms; exit
 * under 5 ms; private dirty memory at most 1.5 × an idle Node HTTP server.
 */
export const pid1: Suite = async ({ shop, quick, insideNamespace }) => {
  const { healthUrl, newFolder } = shop;
  if (!insideNamespace) return { results: [], tables: ["pid1: left out: PID namespaces need root"] };
  if (withoutPython !== undefined) return { results: [], tables: [`pid1: left out: ${withoutPython}`] };

  const node = copyNode();
  const peers = listPeers({ healthUrl, node, pm2: await fetchPm2(newFolder()) });
  const measure = (title: string, rounds: number, chosen: readonly Peer[], life: (peer: Peer) => Promise<Measured>) => {
    const contenders = chosen.map((peer) => contenderOf(peer, () => life(peer)));
    return runRounds(contenders, { title: `pid1: ${title}`, rounds, warmUp: rounds > rare });
  };
  // Measurements that take seconds. Caches are warm by then, and the figures vary little, so a few rounds are enough.
  const rare = quick ? 1 : 3;
  const rounds = quick
    ? { start: 5, signal: 2, exit: 3, exitWhenIdle: 1 }
    : { start: 40, signal: 10, exit: 20, exitWhenIdle: 8 };
  const withServer = [idleServer({ healthUrl, node }), ...peers.slice(1)];
  const results = {
    start: await measure("start", rounds.start, peers, (peer) => start(shop, peer)),
    signal: await measure("signal", rounds.signal, peers, (peer) => signalAndStop(shop, peer)),
    exit: await measure("exit", rounds.exit, peers, async (peer) => (peer.endsWithCommand ? exit(shop, peer) : {})),
    exitWhenIdle: await measure("exit when idle", rounds.exitWhenIdle, peers, async (peer) =>
      peer.endsWithCommand ? exitWhenIdle(shop, peer) : {},
    ),
    orphans: await measure("orphans", rare, peers, (peer) => orphans(shop, peer)),
    memory: await measure("memory", rare, withServer, (peer) => memory(shop, peer)),
  };
  return { results: Object.values(results).flat(), tables: formatTables(results) };
};

const staysWithout = "n/a: restarts the command, or keeps running without it";

/** Adds the reasons for missing figures. */
function contenderOf({ name, leftOut, forwards, stopSignal, endsWithCommand }: Peer, measure: Contender["measure"]) {
  const notes = {
    ...(!forwards && { signal: "n/a: does not forward it" }),
    ...(stopSignal === undefined && {
      stop: "n/a: exits without stopping the app first",
      exitWhenStopped: "n/a: exits without stopping the app first",
    }),
    ...(!endsWithCommand && { exit: staysWithout, exitWhenIdle: staysWithout }),
  };
  return { name, leftOut, notes, measure };
}
