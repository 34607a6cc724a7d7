interface Ordered {
  readonly name: string;
  readonly after: readonly string[];
}

/** Sorts each unit behind the units in its `after`. The configuration has been checked: all names exist, without cycles. */
export function orderUnits<T extends Ordered>(units: readonly T[]): readonly T[] {
  const byName = new Map(units.map((unit) => [unit.name, unit]));
  const ordered = new Set<T>();
  const visit = (unit: T): void => {
    for (const name of unit.after) {
      const other = byName.get(name);
      if (other !== undefined && !ordered.has(other)) visit(other);
    }
    ordered.add(unit);
  };
  for (const unit of units) visit(unit);
  return [...ordered];
}
