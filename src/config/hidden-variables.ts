/**
 * Names of variables that seaworthy hides from the app: its own, and the variables that only `upgrade:` uses, because
 * the app must not have the right to change the schema.
 */
export function hiddenVariables(
  names: readonly string[],
  used: ReadonlyMap<string, ReadonlySet<string>>,
): ReadonlySet<string> {
  const elsewhere = new Set([...used].filter(([top]) => top !== "upgrade").flatMap(([, variables]) => [...variables]));
  const forUpgrade = [
    "UPGRADE_DATABASE_URL",
    ...[...(used.get("upgrade") ?? [])].filter((name) => !elsewhere.has(name)),
  ];
  const secret = new Set(forUpgrade.flatMap((name) => [name, `${name}_FILE`]));
  return new Set(names.filter((name) => secret.has(name) || name.startsWith("SEAWORTHY_")));
}
