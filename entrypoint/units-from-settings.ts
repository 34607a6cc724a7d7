import { resolve } from "node:path";
import type { Loaded } from "../src/config/load.ts";
import type { ProcessSettings, Settings } from "../src/config/settings.ts";
import type { SignalName } from "../src/kernel/signals.ts";
import type { Lineage } from "../src/platform/processes/lineage.ts";
import type { Processes, SpawnOptions } from "../src/platform/processes/processes.ts";
import { orderUnits } from "../src/supervisor/start-order.ts";
import type { UnitSpec } from "../src/supervisor/unit.ts";

export interface UnitContext {
  readonly processes: Processes;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  /** Whether seaworthy's stdin is a terminal. */
  readonly onTerminal: boolean;
  /** Whether the single command gets the terminal (foreground.ts). */
  readonly inForeground: boolean;
}

/** Signals that a shell or the terminal sends to a whole job. */
const jobControl: ReadonlySet<SignalName> = new Set(["SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGCONT"]);

/** The one command of this container. */
export function singleUnit(command: readonly string[], { stop }: Settings, context: UnitContext): UnitSpec {
  const { onTerminal, inForeground } = context;
  const ownSession = stop.group && !onTerminal;
  // In the foreground it always leads a group. Processes left in that group would go on reading the shell's input.
  const isForGroup = (signal: SignalName) => ownSession || (inForeground && (stop.group || jobControl.has(signal)));
  const options = { ...context, ownSession, isForGroup };
  return {
    name: "the app",
    after: [],
    restart: "never",
    critical: true,
    stopSignal: stop.signal,
    graceSeconds: stop.graceSeconds,
    spawn: () => context.processes.spawnInherited(command, options),
  };
}

/** The units of `processes:`, in order of `after`. Throws a Failure (78) for an unknown account. */
export async function severalUnits({ settings }: Loaded, context: UnitContext): Promise<readonly UnitSpec[]> {
  const entries = Object.entries(settings.processes ?? {}).map(([name, process]) => ({ name, ...process }));
  const ordered = orderUnits(entries);
  const lineages = entries.some(isRestarted) ? await openLineages() : undefined;
  return Promise.all(
    ordered.map((entry) => {
      const lineage = isRestarted(entry) ? lineages?.() : undefined;
      return unitOf(entry, settings, { ...context, lineage });
    }),
  );
}

const isRestarted = ({ restart }: ProcessSettings) => restart !== "never";

/** Loaded only if a process can be restarted: before a restart, its leftover processes are ended. */
async function openLineages(): Promise<() => Lineage> {
  const { createLineages } = await import("../src/platform/processes/lineage.ts");
  return createLineages(Math.random);
}

async function unitOf(
  process: ProcessSettings & { readonly name: string },
  { stop }: Settings,
  context: UnitContext & { readonly lineage: Lineage | undefined },
): Promise<UnitSpec> {
  const { name } = process;
  const { lineage } = context;
  const options = await spawnOptions({ ...process, path: `processes.${name}` }, stop.group, context);
  const { begin: asUser } = options;
  const begin: Begin = (spawn) => {
    const marked = lineage === undefined ? spawn : () => lineage.begin(spawn);
    return asUser === undefined ? marked() : asUser(marked);
  };
  return {
    name,
    after: process.after,
    restart: process.restart,
    critical: process.critical,
    stopSignal: process.stop.signal ?? stop.signal,
    graceSeconds: process.stop.graceSeconds ?? stop.graceSeconds,
    spawn: () => context.processes.spawnInherited(process.command, { ...options, begin }),
    waitUntilReady: readinessOf(process.ready, options, context),
    leftovers: lineage,
  };
}

type Begin = NonNullable<SpawnOptions["begin"]>;
type Placed = ProcessSettings & { readonly path: string };

async function spawnOptions(process: Placed, group: boolean, context: UnitContext): Promise<SpawnOptions> {
  // On a terminal each process gets its own session: Ctrl-C reaches only seaworthy, which stops each process once.
  const ownSession = (process.stop.group ?? group) || context.onTerminal;
  const workingDirectory = resolve(context.workingDirectory, process.workdir ?? ".");
  const user = process.user === undefined && process.group === undefined ? undefined : await openUser(process);
  const environment = { ...context.environment, ...user?.environment, ...process.environment };
  return { environment, workingDirectory, ownSession, isForGroup: () => ownSession, begin: user?.begin };
}

/** Loaded only if a process has its own user. */
async function openUser({ user, group, path }: Placed) {
  const { resolveAccount } = await import("../src/platform/accounts/accounts.ts");
  const { openCredentials } = await import("../src/platform/accounts/credentials.ts");
  const { shareStdio } = await import("../src/platform/accounts/stdio-access.ts");
  const account = resolveAccount({ user, group, path });
  const { runAs } = openCredentials();
  const begin: Begin = (spawn) => {
    shareStdio(account.uid);
    return runAs(account, spawn);
  };
  return { environment: account.environment, begin };
}

function readinessOf(
  ready: ProcessSettings["ready"],
  { environment, workingDirectory, begin }: SpawnOptions,
  { processes }: UnitContext,
): UnitSpec["waitUntilReady"] {
  if (ready === undefined || ready === false) return undefined;
  return async (signal) => {
    const { waitUntilReady } = await import("../src/platform/processes/readiness.ts");
    await waitUntilReady(ready, { environment, workingDirectory, begin, onSpawn: processes.adopt }, signal);
  };
}
