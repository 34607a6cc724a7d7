import type { MigrationScript } from "../../../migrations/script.ts";

export interface SenderOptions {
  /** In the order in which they are applied. */
  readonly scripts: readonly MigrationScript[];
  /** The whole of what applies a script; undefined where more than its message belongs to it. */
  readonly messageOf: (script: MigrationScript) => string | undefined;
  readonly send: (message: string) => Promise<void>;
}

/** Sends the messages of scripts, each one step ahead. */
export interface Sender {
  /** Resolves when the script is applied. One that failed is sent again, by itself. */
  readonly send: (script: MigrationScript, message: () => string) => Promise<void>;
  /** Whether its message was sent, and nobody waits for it yet. */
  readonly isUnderWay: (script: MigrationScript) => boolean;
}

/**
 * A message is sent in the very moment in which the one before it has succeeded: what there is to do about that one, and
 * about the next, is done while the server is at work. A script is never sent before the one before it is committed.
 */
export function createSender({ scripts, messageOf, send }: SenderOptions): Sender {
  const following = new Map(scripts.map((script, index) => [script, scripts[index + 1]]));
  let ahead: { readonly script: MigrationScript; readonly answer: Promise<void> } | undefined;
  const sendNow = (script: MigrationScript, message: string): Promise<void> => {
    const answer = send(message);
    const next = following.get(script);
    const nextMessage = next === undefined ? undefined : messageOf(next);
    const goOn = () => {
      if (next !== undefined && nextMessage !== undefined) ahead = { script: next, answer: sendNow(next, nextMessage) };
    };
    // Whoever waits for the answer is told of a failure.
    answer.then(goOn, () => {});
    return answer;
  };
  return {
    isUnderWay: (script) => ahead?.script === script,
    send(script, message) {
      const sent = ahead?.script === script ? ahead.answer : undefined;
      ahead = undefined;
      return sent ?? sendNow(script, message());
    },
  };
}
