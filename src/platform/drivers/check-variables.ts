import { ExitCode, Failure, messageOf } from "../../kernel/failure.ts";
import { readUrl } from "../../urls/read.ts";
import { completeSession, completeTls, type Variables } from "./libpq-defaults.ts";

/**
 * Throws a Failure (78) for a PG… variable that libpq would refuse for one of these URLs. A variable that the URL overrides
 * is not used, and not checked.
 */
export function checkVariables(urls: readonly string[], variables: Variables): void {
  for (const url of urls) {
    const read = readUrl(url);
    if (!("address" in read) || read.address.engine !== "postgres") continue;
    try {
      completeSession(read.address, variables);
      completeTls(read.address.tls, variables);
    } catch (error) {
      const fix = "Correct the environment variable, unset it, or write the setting into the URL";
      throw new Failure(ExitCode.configuration, `cannot use a variable of libpq: ${messageOf(error)}. ${fix}.`);
    }
  }
}
