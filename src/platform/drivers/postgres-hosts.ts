import { DatabaseError } from "pg";
import { UnreachableError } from "../../kernel/database.ts";
import { messageOf } from "../../kernel/failure.ts";
import type { PostgresAddress, TargetSession } from "../../urls/address.ts";
import { readUrl } from "../../urls/read.ts";
import { completeSession, completeTls, type PostgresTls } from "./libpq-defaults.ts";
import { closeQuietly, causeOf, suits, type OpenedClient } from "./postgres-client.ts";
import { unreachable } from "./postgres-errors.ts";
import { openAt } from "./postgres-ways.ts";
import type { ConnectOptions } from "./postgres-options.ts";

/**
 * Opens a client with the URL's TLS settings, at the first of its hosts that answers and fits `target_session_attrs`.
 * Rejects with an UnreachableError. `onError` is called for later errors.
 */
export async function openClient(options: ConnectOptions, onError: (error: Error) => void): Promise<OpenedClient> {
  const { address, tls } = prepare(options);
  const { targetSession = "any", endpoints } = address;
  // Prefer a standby: the first round accepts only standbys, the second any server.
  const rounds: readonly TargetSession[] = targetSession === "prefer-standby" ? ["standby", "any"] : [targetSession];
  const deadline = performance.now() + options.connectTimeoutMs;
  let attemptsLeft = rounds.length * endpoints.length;
  let failure: unknown;
  for (const target of rounds) {
    for (const endpoint of endpoints) {
      const limitMs = Math.max(1, (deadline - performance.now()) / attemptsLeft--);
      try {
        const opened = await openAt(endpoint, { options, address, tls, limitMs, onError });
        if (await suits(opened.client, target)) return opened;
        await closeQuietly(opened.client);
        failure ??= new Error(`no host is ${target}, which target_session_attrs requires`);
      } catch (error) {
        failure = unreachable(address, causeOf(error), endpoint);
        if (!mayTryNext(error)) throw failure;
      }
    }
  }
  throw unreachable(address, failure);
}

function prepare({ url, variables = {} }: ConnectOptions): {
  readonly address: PostgresAddress;
  readonly tls: PostgresTls;
} {
  const read = readUrl(url);
  const refuse = (cause: string, error?: unknown) =>
    new UnreachableError(
      `cannot use the URL of the database: ${cause}. Check its parameters, and the files that it names.`,
      {
        transient: false,
        cause: error,
      },
    );
  if ("refusal" in read) throw refuse(read.refusal);
  if (read.address.engine !== "postgres") throw refuse("it does not lead to Postgres");
  try {
    return { address: completeSession(read.address, variables), tls: completeTls(read.address.tls, variables) };
  } catch (error) {
    throw refuse(messageOf(error), error);
  }
}

/** libpq tries the next host if one does not answer, and stops if one refuses the user. */
function mayTryNext(error: unknown): boolean {
  const cause = causeOf(error);
  return !(cause instanceof DatabaseError) || cause.code === "57P03" || cause.code === "53300";
}
