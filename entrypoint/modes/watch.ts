import type { HealthView } from "../../src/health/body.ts";
import { worstOf } from "../../src/health/status.ts";
import { reportUnit } from "../../src/supervisor/report.ts";
import { createMonitor } from "../../src/health/monitor.ts";
import { createListener } from "../../src/health/listener.ts";
import { parseListen } from "../../src/health/listen.ts";
import { loadEngine } from "../../src/ledger/engines.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { letFaultsEndUs } from "../../src/platform/signals/fault-signals.ts";
import { leftoversOf, type Leftovers } from "../../src/platform/processes/leftovers.ts";
import { openLibc } from "../../src/platform/libc/libc.ts";
import { collectOften } from "../../src/platform/memory.ts";
import type { Processes } from "../../src/platform/processes/processes.ts";
import { createReaper } from "../../src/supervisor/reaper.ts";
import type { Supervisor } from "../../src/supervisor/supervisor.ts";
import type { Verdict } from "../../src/kernel/observation.ts";
import type { SignalName } from "../../src/kernel/signals.ts";
import type { Loaded } from "../../src/config/load.ts";
import type { Settings } from "../../src/config/settings.ts";
import type { Context } from "../context.ts";
import type { PreparedDependency } from "../prepare-dependencies.ts";
import { upgradeHint } from "../schema-kind.ts";
import { watchApp, watchDependencies, type WatchContext } from "../watched-dependencies.ts";
import { isPostgres, openListeningSessions, openLookSessions } from "../sessions.ts";

export interface WatchOptions {
  readonly settings: Settings;
  readonly describeGap: Loaded["describeGap"];
  readonly dependencies: readonly PreparedDependency[];
  readonly context: Context;
  readonly processes: Pick<Processes, "isLibuvs" | "onReaped">;
  readonly looks: Pick<WatchContext, "environment" | "workingDirectory" | "spawn" | "adopt">;
  readonly supervisor: Supervisor;
  /** Whether the processes are the configuration's, and not only the app. */
  readonly showProcesses: boolean;
}

/** What only an upgrade can end. */
const awaited: ReadonlySet<Verdict> = new Set(["behind", "upgrading", "dirty"]);
/** Looks that begin so soon after an upgrade has said that it is done begin because of that. */
const momentMs = 250;
/** The first looks are done by then, and with them everything is loaded that most containers ever load. */
const loadedAfterMs = 2000;

/** Everything that runs beside the app. None of it is needed to start the app. */
export interface Watching {
  readonly reapOrphans: () => void;
  /** To be told of every signal that reached us. */
  readonly onSignal: (signal: SignalName) => void;
  readonly leftovers: Leftovers;
  readonly wasEverHealthy: () => boolean;
  /** To be told of every change of a process. */
  readonly onChange: () => void;
  /** Leaves with this code and nothing else. */
  readonly exitAtOnce: (code: number) => void;
  /** Waits a moment for the looks that are under way. */
  readonly settle: () => Promise<void>;
  /** Rejects where health cannot be served: a container that nobody can probe must not go on. */
  readonly served: Promise<void>;
}

export function watch({
  settings,
  describeGap,
  dependencies,
  context,
  processes: { isLibuvs, onReaped },
  looks,
  supervisor,
  showProcesses,
}: WatchOptions): Watching {
  const { log } = context;
  systemClock.after(loadedAfterMs, collectOften);
  const libc = openLibc();
  const held = settings.start === "when-compatible";
  const {
    dependencies: onDependencies,
    lend,
    settle,
  } = watchDependencies(dependencies, {
    ...looks,
    appVersion: settings.app.version,
    upgradeHint: upgradeHint(settings),
    open: openLookSessions(settings.app, context.variables),
    redact: context.redact,
  });
  const names = new Set(onDependencies.map(({ name }) => name));
  const monitor = createMonitor({
    dependencies: [...onDependencies, ...watchApp(settings.app.ready, looks)],
    clock: systemClock,
    random: Math.random,
    log,
    onLook() {
      onChange();
    },
  });
  const view = (): HealthView => {
    const reports = supervisor.units.map(reportUnit);
    const checks = monitor.checks();
    const appIsReady = checks.every(({ kind, status }) => kind !== "app" || status === "pass");
    const started = appIsReady && reports.every(({ status }) => status === "pass");
    const isHolding = held && supervisor.units.every((unit) => unit.state() === "waiting");
    const phase = supervisor.state() !== "running" ? "draining" : isHolding ? "holding" : "run";
    const processes = showProcesses ? reports : [];
    const status =
      phase === "run" ? worstOf([monitor.status(), ...processes.map((process) => process.status)]) : "fail";
    return { app: settings.app, phase, status, started, checks, processes, units: reports, upgrades, notes };
  };
  let upgrades = 0;
  const notes: string[] = [];
  void describeGap().then((gap) => {
    if (gap === undefined) return;
    log.warn(gap);
    notes.push(context.redact(gap));
  });
  // With no endpoint there is nobody who could have found it unhealthy.
  let everHealthy = settings.health === false;
  const isFailing = () => monitor.checks().some(({ name, status }) => names.has(name) && status === "fail");
  const onChange = () => {
    // What is being stopped does not become healthy any more, and its end is not to wait for that.
    if (supervisor.state() !== "running") return;
    if (held && !isFailing()) supervisor.release();
    everHealthy ||= view().status !== "fail";
  };
  monitor.start();
  if (settings.health === false || settings.health.notifications) listenForUpgrades();
  onChange();
  const served = settings.health === false ? Promise.resolve() : serve(settings.health);
  // Whoever awaits it hears of a failure.
  return {
    onChange,
    onSignal: letFaultsEndUs(),
    reapOrphans: createReaper({
      children: libc,
      isLibuvs,
      onReaped,
      defer: (again) => setImmediate(afterLibuv, again),
    }),
    leftovers: leftoversOf(process.pid, libc.hasChildren),
    wasEverHealthy: () => everHealthy,
    exitAtOnce: libc.exit,
    settle,
    served,
  };

  /** What libuv has waited for meanwhile may have been all that was left. */
  function afterLibuv(reapOrphans: () => void): void {
    reapOrphans();
    supervisor.childEnded();
  }

  function listenForUpgrades(): void {
    const recorded = dependencies.filter((dependency) => dependency.kind === "schema" || dependency.kind === "release");
    const inPostgres = recorded.filter(({ settings }) => isPostgres(settings.url));
    const byUrl = Map.groupBy(inPostgres, ({ settings }) => settings.url);
    for (const [url, sharing] of byUrl) {
      const there = new Set(sharing.map(({ name }) => name));
      const isAwaited = () =>
        monitor.checks().some(({ name, observation }) => there.has(name) && awaited.has(observation.verdict));
      let saidAt = Number.NEGATIVE_INFINITY;
      createListener({
        url,
        open: openListeningSessions(settings.app, context.variables),
        listen: async (session) => (await loadEngine(url)).listen(session),
        // A connection for each look of each waiting container is what a database can least do with while it is upgraded,
        // and when all look at once. Otherwise a look is to see whether the app could connect.
        onListen(session) {
          let stands = true;
          void session.lost.then(() => (stands = false));
          lend(url, session, () => stands && (isAwaited() || systemClock.now() - saidAt < momentMs));
        },
        onUpgrade() {
          upgrades++;
          saidAt = systemClock.now();
          monitor.lookNow(there);
        },
        onChange: () => monitor.lookNow(there),
        clock: systemClock,
        random: Math.random,
        log,
      }).start();
    }
  }

  async function serve({ listen, details }: Exclude<Settings["health"], false>): Promise<void> {
    const { serveHealth } = await import("../../src/health/server.ts");
    const url = await serveHealth({ address: parseListen(listen), details, view, onError: log.warn });
    log.info(`serving health on ${url}/health`, { url });
  }
}
