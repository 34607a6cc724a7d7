import { ExitCode, Failure } from "../kernel/failure.ts";
import { asSubject } from "../kernel/subject.ts";
import { whyNoLedger } from "../ledger/engines.ts";
import { productOf } from "../urls/read.ts";
import type { Schema } from "./dependency.ts";
import type { Connection } from "./targets.ts";

const refuse = (message: string, details: readonly string[] = []): never => {
  throw new Failure(ExitCode.configuration, message, { details });
};

export function refuseLedger(url: string, origin: string): never {
  return refuse(`${asSubject(origin)} ${whyNoLedger(url)}. Write the URL of such a database.`);
}

interface Known {
  readonly originOf: (key: string) => string;
  readonly gap: string | undefined;
}

/** Says what is configured, and why that is not enough. */
export function refuseNothing(schemas: readonly Schema[], { originOf, gap }: Known): never {
  const [outside] = schemas;
  if (outside === undefined) {
    return refuse(
      "there is nothing to upgrade: no dependency of kind schema or release, and no upgrade.ledger. Set DATABASE_URL and add a ./migrations folder, or write a seaworthy.yaml. If the app has no database, set upgrade.ledger to one that has the lock and the record.",
      gap === undefined ? [] : [gap],
    );
  }
  const { name, settings } = outside;
  const origin = asSubject(originOf(`dependencies.${name}.url`));
  return refuse(
    `${origin} ${whyNoLedger(settings.url)}. Set upgrade.ledger to the URL of such a database and upgrade.migrate to the tool's command; or run the tool yourself, without --upgrade: the health check sees what it has applied.`,
  );
}

export interface Candidates {
  /** Of all databases of the upgrade. */
  readonly connections: readonly Connection[];
  /** Of those with the engine of `upgrade.url`. */
  readonly alike: readonly Connection[];
}

/** `upgrade.url` is another way to a database of the dependencies. It must be clear to which. */
export function refuseOwnUrl({ url, origin }: Connection, { connections, alike }: Candidates): never {
  if (alike.length > 1) {
    const fix = "Remove upgrade.url, or give the dependencies one URL";
    return refuse(
      `upgrade.url stands for one database, but the dependencies have ${alike.length} different URLs of ${productOf(url)}. ${fix}.`,
    );
  }
  const others = connections.map(({ place }) => place).join(", ");
  const cause =
    connections.length === 0
      ? "no dependency has a database in which seaworthy keeps its lock and its record"
      : `the dependencies are in ${others}`;
  return refuse(
    `${asSubject(origin)} leads to ${productOf(url)}, but ${cause}. upgrade.url is another URL for a database of the dependencies, for a role with more rights. For a database that has only the lock and the record, write upgrade.ledger.`,
  );
}

/** Each schema has one runner: seaworthy, or one tool. */
export function refuseRunners(schemas: readonly Schema[], hasTool: boolean): void {
  const own = schemas.filter(({ source }) => source.recordedBy === "seaworthy");
  const wrong = own.find(({ settings }) => settings.migrate !== undefined);
  if (wrong !== undefined) refuseTool(`dependencies.${wrong.name}.migrate`, wrong);
  if (!hasTool) return;
  const ofTools = schemas.filter(({ source }) => source.recordedBy === "tool");
  if (ofTools.some(({ settings }) => settings.migrate === undefined)) return;
  const [first] = ofTools;
  if (first !== undefined) {
    refuse(
      `upgrade.migrate has nothing to migrate: each schema of another tool has a command of its own, as in dependencies.${first.name}.migrate. Remove one of them.`,
    );
  }
  // A tool without a schema migrates something that seaworthy cannot see, unless a schema's `history:` was left out.
  const doubtful = own.find(({ isOnLedger }) => !isOnLedger);
  if (doubtful !== undefined) refuseTool("upgrade.migrate", doubtful);
}

function refuseTool(key: string, { name }: Schema): never {
  const fix = `Say whose history tells of its migrations: dependencies.${name}.history`;
  return refuse(`${key} runs another tool, but dependencies.${name} is recorded by seaworthy. ${fix}.`);
}

/** If two folders shared a history, each would report the other's applied migrations as vanished files. */
export function refuseSharedHistory(schemas: readonly Schema[]): void {
  const seen = new Map<string, string>();
  for (const { name, settings, source } of schemas) {
    if (source.recordedBy !== "seaworthy") continue;
    const place = JSON.stringify([settings.url, source.table]);
    const other = seen.get(place);
    if (other !== undefined) {
      refuse(
        `dependencies.${other} and dependencies.${name} have one history, ${source.table} in the same database. Give one of them a table of its own: dependencies.${name}.table.`,
      );
    }
    seen.set(place, name);
  }
}
