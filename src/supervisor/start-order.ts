interface Ordered {
  readonly name: string;
  readonly after: readonly string[];
}

/** Sorts so that each comes after what it names. The configuration was checked: names exist, and form no circle. */
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
