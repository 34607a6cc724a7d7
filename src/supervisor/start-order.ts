import { ExitCode, Failure } from "../kernel/failure.ts";

interface Ordered {
  readonly name: string;
  readonly after: readonly string[];
}

/** Sorts so that each comes after what it names. Throws a Failure (78) for an unknown name and for a circle. */
export function orderUnits<T extends Ordered>(units: readonly T[]): readonly T[] {
  const byName = new Map(units.map((unit) => [unit.name, unit]));
  const done = new Set<T>();
  const visit = (unit: T, path: readonly string[]): void => {
    if (done.has(unit)) return;
    if (path.includes(unit.name)) {
      const circle = [...path.slice(path.indexOf(unit.name)), unit.name].join(" → ");
      throw new Failure(
        ExitCode.configuration,
        `processes.${unit.name}.after: the processes wait for each other in a circle: ${circle}. Remove one of these.`,
      );
    }
    for (const name of unit.after) visit(find(name, unit), [...path, unit.name]);
    done.add(unit);
  };
  const find = (name: string, from: T): T => {
    const found = byName.get(name);
    if (found !== undefined) return found;
    throw new Failure(
      ExitCode.configuration,
      `processes.${from.name}.after: there is no process ${JSON.stringify(name)}. Known: ${[...byName.keys()].join(", ")}.`,
    );
  };
  for (const unit of units) visit(unit, []);
  return [...done];
}
