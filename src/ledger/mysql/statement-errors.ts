import { StatementError, UnreachableError } from "../../kernel/database.ts";
import { ExitCode, Failure } from "../../kernel/failure.ts";
import { describeNumber, serverErrorOf } from "./server-error.ts";

export const lockLostMessage = "the upgrade lock was lost";
const outOfRange = 1690;
const readOnly = new Set([1290, 1792, 1836, 1874, 3100]);

/** Whether it is the error of the fence (lock-name.ts). */
export function isLockLost(error: unknown): boolean {
  return (
    error instanceof StatementError && serverErrorOf(error).number === outOfRange && /used_lock/i.test(error.message)
  );
}

/** Advice for an error of the server. Undefined if its own message is enough. */
export function adviceFor(error: StatementError): string | undefined {
  const { number = 0 } = serverErrorOf(error);
  if (isLockLost(error)) return "Nothing more was recorded. Run --upgrade again";
  if (readOnly.has(number)) return "Let upgrade.url lead to the primary server";
  switch (number) {
    case 1044:
    case 1142:
    case 1143:
    case 1227:
    case 1370:
    case 1419:
      return "Give the upgrade's user the right, or set upgrade.url to a user that has it";
    case 1205:
      return "Another session holds a lock that this migration needs";
    case 1317:
      return "Somebody has ended the statement with KILL QUERY, or the server is stopping. Run --upgrade again";
    case 1021:
    case 1114:
      return "Make room on the server's disk, and run --upgrade again";
    case 1146:
      return undefined;
    default:
      return undefined;
  }
}

/** Turns an error of the database outside of a migration into a Failure. Returns other errors unchanged. */
export function failureOf(error: unknown): unknown {
  if (error instanceof UnreachableError) {
    const message = `lost the database: ${error.message} If it was the connection of the upgrade, ${lockLostMessage} with it. Run --upgrade again: it goes on where this one ended.`;
    return new Failure(ExitCode.unreachable, message, { cause: error });
  }
  if (!(error instanceof StatementError)) return error;
  if (isLockLost(error))
    return new Failure(ExitCode.failed, `${lockLostMessage}. ${adviceFor(error)}.`, { cause: error });
  const exitCode = error.sqlState === "55P03" ? ExitCode.gaveUp : ExitCode.failed;
  const { number = 0 } = serverErrorOf(error);
  const advice = adviceFor(error);
  const sentences = [
    `cannot use seaworthy's tables: ${error.message} (${describeNumber(error)})`,
    ...(advice === undefined ? [] : [advice]),
  ];
  return new Failure(readOnly.has(number) ? ExitCode.configuration : exitCode, `${sentences.join(". ")}.`, {
    cause: error,
  });
}
