import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { freePort } from "../harness/postgres.ts";
import type { Places } from "./failing-invocation.ts";

export interface OpenPlaces extends Places {
  readonly close: () => void;
}

/** Addresses around the database at `url`. The caller chooses its user and password. */
export async function openPlaces(
  url: string,
  { wrongPassword }: { readonly wrongPassword: string },
): Promise<OpenPlaces> {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const down = new URL(url);
  down.port = String(await freePort());
  return {
    url,
    wrongPassword,
    wrongDatabase: url.replace(/\/[^/]*$/, "/no_such_database"),
    down: down.href,
    takenListen: `127.0.0.1:${(taken.address() as AddressInfo).port}`,
    close: () => void taken.close(),
  };
}
