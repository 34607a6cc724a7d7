import { DatabaseError } from "pg";
import { UnreachableError } from "../../kernel/database.ts";
import { messageOf } from "../../kernel/failure.ts";
import type { Endpoint } from "../../urls/parts.ts";
import type { PostgresTls } from "./libpq-defaults.ts";
import { causeOf, connectClient, FailedConnect, type ClientOptions, type OpenedClient } from "./postgres-client.ts";
import { TlsError, type Security } from "./postgres-connection.ts";
import { tlsOptions } from "./tls.ts";

interface Attempt extends Omit<ClientOptions, "security"> {
  readonly tls: PostgresTls;
}

/** Tries one host with and without TLS, in the order of its mode. A local socket needs no TLS. */
export async function openAt(endpoint: Endpoint, attempt: Attempt): Promise<OpenedClient> {
  const { mode } = endpoint.host.startsWith("/") ? { mode: "disable" as const } : attempt.tls;
  switch (mode) {
    case "disable":
      return connect(endpoint, attempt, "plain");
    case "allow":
      return connect(endpoint, attempt, "plain").catch((error: unknown) => again(error, endpoint, attempt, "tls"));
    case "prefer":
      return connect(endpoint, attempt, "tls-or-plain").catch((error: unknown) =>
        again(error, endpoint, attempt, "plain"),
      );
    case "require":
    case "verify-ca":
    case "verify-full":
      return connect(endpoint, attempt, "tls");
  }
}

type Way = "plain" | "tls" | "tls-or-plain";

/** The server may accept the other way: pg_hba.conf has hostssl and hostnossl. */
async function again(error: unknown, endpoint: Endpoint, attempt: Attempt, way: Way): Promise<OpenedClient> {
  const { cause, wasSecure } = error instanceof FailedConnect ? error : { cause: error, wasSecure: false };
  const isRefused = cause instanceof DatabaseError && /^(28|08P01)/.test(cause.code ?? "");
  const worthIt = way === "tls" ? isRefused : cause instanceof TlsError || (isRefused && wasSecure);
  if (!worthIt) throw error;
  try {
    return await connect(endpoint, attempt, way);
  } catch (second) {
    // A wrong password is a better reason than the refusal of the other way.
    throw isRefused && (cause.code === "28P01" || causeOf(second) instanceof TlsError) ? error : second;
  }
}

async function connect(endpoint: Endpoint, attempt: Attempt, way: Way): Promise<OpenedClient> {
  return connectClient(endpoint, { ...attempt, security: await secure(endpoint, attempt, way) });
}

async function secure({ host }: Endpoint, { address, tls: { tls } }: Attempt, way: Way): Promise<Security> {
  const bindsChannel = address.channelBinding === "require";
  if (way === "plain") return { bindsChannel };
  try {
    const options = await tlsOptions(tls, host || "localhost");
    return {
      bindsChannel,
      encryption: { options, isDirect: tls.isDirect === true, mayBePlain: way === "tls-or-plain" },
    };
  } catch (error) {
    throw new UnreachableError(
      `cannot use the URL of the database: ${messageOf(error)}. Check the files that it names.`,
      { transient: false, cause: error },
    );
  }
}
