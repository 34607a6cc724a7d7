import { failingConfigurations } from "./failing-configurations.ts";
import type { FailingInvocation, Places } from "./failing-invocation.ts";
import { failingDatabases, failingHooks, failingMigrations } from "./failing-upgrades.ts";

/** Mistakes that users make. None of them changes the database at `url`. */
export function failingInvocations(places: Places): readonly FailingInvocation[] {
  return [
    ...failingCommandLines(),
    ...failingConfigurations(places),
    ...failingDatabases(places),
    ...failingMigrations(places),
    ...failingHooks(places),
  ];
}

function failingCommandLines(): readonly FailingInvocation[] {
  const row = (name: string, argv: readonly string[], ...says: readonly string[]) => ({
    name,
    argv,
    files: {},
    code: 64,
    says,
  });
  return [
    row("an unknown flag", ["--upgrad"], "unknown flag --upgrad", "did you mean --upgrade?", "--help"),
    row("a flag without a similar one", ["-x"], "unknown flag -x", "--help"),
    row("two modes", ["--upgrade", "--status"], "--upgrade and --status cannot be used together"),
    row("a command after a mode", ["--upgrade", "nginx"], "--upgrade takes no command", '"nginx"'),
    row("--json without --status", ["--json"], "--json needs --status"),
    row("--config without a file", ["--config"], "config", "--help"),
    row("nothing to run", [], "there is nothing to run", "CMD", "`run:`"),
  ];
}
