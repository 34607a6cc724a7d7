import type { Loaded } from "../../src/config/load.ts";
import { ExitCode, Failure } from "../../src/kernel/failure.ts";
import type { SignalName } from "../../src/kernel/signals.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { handOnDescriptors } from "../../src/platform/inheritance/descriptors.ts";
import { inheritedDirectory } from "../../src/platform/inheritance/working-directory.ts";
import { spawnExactly } from "../../src/platform/processes/launch.ts";
import { createProcesses } from "../../src/platform/processes/processes.ts";
import { startThreadPool } from "../../src/platform/thread-pool.ts";
import { hasTerminal, suspend } from "../../src/platform/terminal/terminal.ts";
import { supervise } from "../../src/supervisor/supervisor.ts";
import type { UnitSpec } from "../../src/supervisor/unit.ts";
import { appEnvironment, commandOf } from "../app.ts";
import type { Context } from "../context.ts";
import { prepareDependencies } from "../prepare-dependencies.ts";
import { reportFailure } from "../../src/kernel/report-failure.ts";
import { findInheritance } from "../../src/platform/inheritance/inheritance.ts";
import { captureSignals } from "../signals.ts";
import { severalUnits, singleUnit } from "../units-from-settings.ts";

interface RunCommand {
  readonly command: readonly string[];
  readonly configPath?: string;
}

/** Starts the app, then everything that watches it. Returns the container's exit code. */
export async function run({ command, configPath }: RunCommand, context: Context): Promise<number> {
  const inheritance = findInheritance(context);
  const signals = captureSignals();
  const loaded = await context.loadSettings({ configPath, forUpgrade: false });
  const { settings } = loaded;
  const dependencies = await prepareDependencies(loaded, context);
  startThreadPool();
  // Before the app can leave an orphan. PID 1 gets orphans anyway, so it skips this call, which takes a millisecond.
  if (process.pid !== 1) await becomeSubreaper(context);
  handOnDescriptors(inheritance.descriptors);
  const processes = createProcesses(inheritance);
  const onTerminal = hasTerminal();
  const several = command.length === 0 && settings.processes !== undefined;
  if (several) refuseReadinessOfOne(settings);
  const foreground = onTerminal && !several ? await takeTerminal() : undefined;
  const unitContext = {
    processes,
    onTerminal,
    inForeground: foreground !== undefined,
    environment: appEnvironment(loaded, context),
    workingDirectory: context.workingDirectory,
  };
  const specs: readonly UnitSpec[] = several
    ? await severalUnits(loaded, unitContext)
    : [singleUnit(commandOf(command, loaded), settings, unitContext)];

  let wasEverHealthy = () => false;
  let onChange = () => {};
  let exitAtOnce: (code: number) => void = () => {};
  let onSignal: (signal: SignalName) => void = () => {};
  let settle: () => Promise<void> = async () => {};
  const supervisor = supervise(specs, {
    ...settings.stop,
    held: settings.start === "when-compatible",
    rewrites: settings.signals,
    exitCodes: settings.exitCodes,
    // At a terminal, Ctrl-C is for the app. If the app has another stop signal, it is the base image's STOPSIGNAL.
    stopSignals: foreground === undefined ? ["SIGTERM", "SIGINT", settings.stop.signal ?? "SIGTERM"] : ["SIGTERM"],
    clock: systemClock,
    random: Math.random,
    log: context.log,
    onChange: () => onChange(),
    openLeftovers: async () => (await watching).leftovers,
    wasEverHealthy: () => wasEverHealthy(),
    suspend: foreground?.suspend ?? suspend,
  });
  // The app is running, and everything below loads while it starts. seaworthy must not keep the working directory busy,
  // unless no path leads to it.
  if (context.workingDirectory !== inheritedDirectory) process.chdir("/");
  const watching = import("./watch.ts").then(({ watch }) =>
    watch({
      settings,
      describeGap: loaded.describeGap,
      dependencies,
      context,
      processes,
      looks: { ...unitContext, spawn: spawnExactly, adopt: processes.adopt },
      supervisor,
      showProcesses: several,
    }),
  );
  signals.handleWith((signal) => {
    onSignal(signal);
    if (signal === "SIGCONT") foreground?.onContinued(supervisor.units[0]);
    supervisor.handle(signal);
  });
  void watching.then((watched) => {
    ({ wasEverHealthy, onChange, onSignal, exitAtOnce, settle } = watched);
    const onChildEnded = () => {
      watched.reapOrphans();
      supervisor.childEnded();
      foreground?.onChildChanged(supervisor.units[0]);
    };
    signals.onChildEnded(onChildEnded);
    signals.captureWriteSignals();
    onChildEnded();
    watched.served.catch((error: unknown) => supervisor.abandon(reportFailure(error, context.log)));
  });

  const code = await supervisor.ended;
  await settle();
  foreground?.giveBack();
  // Exit immediately: Node's own teardown takes a few milliseconds and frees nothing that matters.
  if (process.pid === 1) exitAtOnce(code);
  return code;
}

/** Throws a Failure (78) for settings that need a single command. */
function refuseReadinessOfOne({ app }: Settings): void {
  if (app.ready === undefined || app.ready === false) return;
  throw new Failure(
    ExitCode.configuration,
    "app.ready is for one command. With `processes`, say of each when it is ready: processes.NAME.ready.",
  );
}

async function becomeSubreaper({ log }: Context): Promise<void> {
  const { openLibc } = await import("../../src/platform/libc/libc.ts");
  if (openLibc().becomeSubreaper()) return;
  log.warn(
    "seaworthy is not PID 1 and cannot become a subreaper: orphans will stay zombies. Run it as the container's ENTRYPOINT, or use Linux 3.4 or later.",
  );
}

/** Loaded only if there is a terminal. */
async function takeTerminal() {
  const { takeForeground } = await import("../../src/platform/terminal/foreground.ts");
  return takeForeground();
}

type Settings = Loaded["settings"];
