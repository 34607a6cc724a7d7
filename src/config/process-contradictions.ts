import type { Infer, Problem } from "./shapes/shape.ts";
import type { settingsShape } from "./settings.ts";

type Settings = Infer<typeof settingsShape>;
type Processes = NonNullable<Settings["processes"]>;

/** Finds contradictions within and between processes, even if a command on the command line replaces them. */
export function findProcessContradictions({ run, app, processes = {} }: Settings): readonly Problem[] {
  const entries = Object.entries(processes);
  const unknown = entries.flatMap(([name, { after }]) => findUnknown(name, after, processes));
  return [
    ...(run !== undefined && entries.length > 0 ? [bothSet] : []),
    ...findUnclear("app.ready", app.ready),
    ...entries.flatMap(([name, { ready }]) => findUnclear(`processes.${name}.ready`, ready)),
    ...unknown,
    ...(unknown.length === 0 ? findCircle(processes) : []),
  ];
}

const bothSet: Problem = {
  path: "processes",
  message: "both `run` and `processes` are set. Remove one of them.",
};

const ways = ["tcp", "http", "socket", "file", "command"] as const;

type Readiness = Settings["app"]["ready"];

function findUnclear(path: string, ready: Readiness): readonly Problem[] {
  if (ready === undefined || ready === false) return [];
  const used = ways.filter((way) => ready[way] !== undefined);
  if (used.length === 1) return [];
  const received = used.length === 0 ? "none" : used.join(" and ");
  return [{ path, message: `expected one of ${ways.join(", ")}, received ${received}` }];
}

function findUnknown(name: string, after: readonly string[], processes: Processes): readonly Problem[] {
  const known = Object.keys(processes);
  return after
    .filter((other) => !known.includes(other))
    .map((other) => {
      const message = `there is no process ${JSON.stringify(other)}. Known: ${known.join(", ")}.`;
      return { path: `processes.${name}.after`, message };
    });
}

/** Finds the first circle. All names must be known. */
function findCircle(processes: Processes): readonly Problem[] {
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): readonly string[] | undefined => {
    if (done.has(name)) return undefined;
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name];
    for (const other of processes[name]?.after ?? []) {
      const circle = visit(other, [...path, name]);
      if (circle !== undefined) return circle;
    }
    done.add(name);
    return undefined;
  };
  for (const name of Object.keys(processes)) {
    const circle = visit(name, []);
    if (circle === undefined) continue;
    const message = `the processes wait for each other in a circle: ${circle.join(" → ")}. Remove one of these.`;
    return [{ path: `processes.${circle[0]}.after`, message }];
  }
  return [];
}
