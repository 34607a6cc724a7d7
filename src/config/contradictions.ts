import { nearest } from "../kernel/nearest.ts";
import type { SignalName } from "../kernel/signals.ts";
import { findProcessContradictions } from "./process-contradictions.ts";
import type { Infer, Problem } from "./shapes/shape.ts";
import type { settingsShape } from "./settings.ts";

type Settings = Infer<typeof settingsShape>;

interface Options {
  readonly forUpgrade: boolean;
}

/** Signals that suspend or continue a process. They never end it. */
const neverEnding: ReadonlySet<SignalName> = new Set([
  "SIGSTOP",
  "SIGTSTP",
  "SIGTTIN",
  "SIGTTOU",
  "SIGCONT",
  "SIGCHLD",
]);

/** Finds problems that the shapes of single values cannot see. */
export function findContradictions(settings: Settings, { forUpgrade }: Options): readonly Problem[] {
  const commands = [...commandsIn(settings), ...(forUpgrade ? commandsOfUpgrade(settings) : [])];
  return [
    ...findNameless(commands),
    ...findProcessContradictions(settings),
    ...findUnstoppable(settings),
    ...findUnverifiable(settings),
  ];
}

/** Finds commands with an empty program: most often, a variable is empty. */
function findNameless(commands: readonly Command[]): readonly Problem[] {
  return commands
    .filter(([, words]) => words?.[0] === "")
    .map(([path]) => {
      const message = `the first word of a command is the program to run, but it is empty. Write its name or path.`;
      return { path: `${path}[0]`, message };
    });
}

type Command = readonly [path: string, words: readonly string[] | undefined];

function commandsIn({ run, app, processes = {}, dependencies }: Settings): readonly Command[] {
  return [
    ["run", run],
    ["app.ready.command", app.ready ? app.ready.command : undefined],
    ...Object.entries(processes).flatMap(([name, { command, ready }]): readonly Command[] => [
      [`processes.${name}.command`, command],
      [`processes.${name}.ready.command`, ready ? ready.command : undefined],
    ]),
    ...Object.entries(dependencies).map(([name, dependency]): Command => [
      `dependencies.${name}.command`,
      dependency.kind === "command" ? dependency.command : undefined,
    ]),
  ];
}

/** Checked for an upgrade only: its variables may be empty elsewhere. */
function commandsOfUpgrade({ upgrade, dependencies }: Settings): readonly Command[] {
  const hooks = (["before", "after", "onFailure"] as const).flatMap((key) =>
    upgrade[key].map(({ command }, index): Command => [`upgrade.${key}[${index}].command`, command]),
  );
  const tools = Object.entries(dependencies).map(([name, dependency]): Command => [
    `dependencies.${name}.migrate.command`,
    dependency.kind === "schema" ? dependency.migrate?.command : undefined,
  ]);
  return [...hooks, ["upgrade.migrate.command", upgrade.migrate?.command], ...tools];
}

/** Finds valid settings that would prevent the container or a process from stopping. */
function findUnstoppable({ stop, signals, processes = {} }: Settings): readonly Problem[] {
  const own = Object.entries(processes).map(([name, process]) => [
    `processes.${name}.stop.signal`,
    process.stop.signal,
  ]);
  const problems = [["stop.signal", stop.signal] as const, ...own]
    .filter((entry): entry is [string, SignalName] => neverEnding.has(entry[1] as SignalName))
    .map(([path, signal]) => ({ path, message: `${signal} does not end a process. ${useAnother}` }));
  return [...problems, ...findDropped(stop.signal, signals)];
}

/** The stop signal may be rewritten, but only to a signal that ends a process. */
function findDropped(stopSignal: SignalName | undefined, signals: Settings["signals"]): readonly Problem[] {
  const asking = stopSignal ?? "SIGTERM";
  const delivered = signals[asking];
  const path = `signals.${asking.slice("SIG".length)}`;
  if (delivered === "none") {
    const which = stopSignal === undefined ? "the signal that stops the container" : "stop.signal";
    const fix = "Remove it, or set stop.signal to the signal that stops the container.";
    return [{ path, message: `none would drop ${asking}, which is ${which}. ${fix}` }];
  }
  // With stop.signal, the app always gets stop.signal.
  if (stopSignal !== undefined || delivered === undefined || !neverEnding.has(delivered)) return [];
  return [{ path, message: `${delivered} in place of ${asking} does not end a process. ${useAnother}` }];
}

const useAnother = "Use one that does, such as TERM, INT or QUIT.";

/** Finds names in `upgrade.verify` that an upgrade cannot verify. */
function findUnverifiable({ app, dependencies, upgrade }: Settings): readonly Problem[] {
  const names = Object.keys(dependencies);
  return upgrade.verify.flatMap((name, index): readonly Problem[] => {
    const path = `upgrade.verify[${index}]`;
    const dependency = Object.hasOwn(dependencies, name) ? dependencies[name] : undefined;
    if (dependency === undefined) {
      const meant = nearest(name, names);
      const advice =
        meant === undefined
          ? `allowed: ${names.join(", ") || "none"}`
          : `did you mean ${meant}? Allowed: ${names.join(", ")}`;
      return [{ path, message: `expected the name of a dependency, received ${JSON.stringify(name)}; ${advice}` }];
    }
    const isOwn = dependency.kind === "release" && [undefined, app.name].includes(dependency.app);
    if (!isOwn) return [];
    return [
      { path, message: `${name} is this app's own release, which is recorded only after the verification. Remove it.` },
    ];
  });
}
