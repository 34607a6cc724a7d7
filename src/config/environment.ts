import { readFileSync } from "node:fs";
import { ExitCode, Failure, messageOf } from "../kernel/failure.ts";
import { decodeUtf8 } from "../kernel/utf8.ts";

export type Variables = Readonly<Record<string, string | undefined>>;

/** The variables that the configuration reads: the process's variables, then `.env`, then `NAME_FILE` secrets. */
export interface Environment {
  /**
   * The value of `name`. If it is unset, the content of the file that `NAME_FILE` names, without its last newline (the
   * convention of Docker's official images for mounted secrets). Setting both is refused.
   */
  readonly get: (name: string) => string | undefined;
  /** The value of `name`, without a look at `NAME_FILE`: that is another setting's own name. */
  readonly getPlain: (name: string) => string | undefined;
  /** The source of a value, for messages: `A`, `A in .env`, `A_FILE`. */
  readonly originOf: (name: string) => string;
  /** The names of all variables that are set. */
  readonly names: () => readonly string[];
}

export function createEnvironment(
  variables: Variables,
  dotenv: Variables,
  onSecret: (value: string) => void,
): Environment {
  const plain = (name: string) => variables[name] ?? dotenv[name];
  return {
    originOf(name) {
      const source = [name, `${name}_FILE`].find((one) => plain(one) !== undefined && plain(one) !== "") ?? name;
      return variables[source] === undefined && dotenv[source] !== undefined ? `${source} in .env` : source;
    },
    names: () => [...new Set([...Object.keys(dotenv), ...Object.keys(variables)])],
    getPlain: plain,
    get(name) {
      const value = plain(name);
      const file = plain(`${name}_FILE`);
      if (file === undefined || file === "") return value;
      if (value !== undefined) {
        throw new Failure(ExitCode.configuration, `both ${name} and ${name}_FILE are set. Set only one of them.`);
      }
      const secret = readSecret(name, file);
      onSecret(secret);
      return secret;
    },
  };
}

function readSecret(name: string, file: string): string {
  try {
    return decodeUtf8(file, readFileSync(file)).replace(/\r?\n$/, "");
  } catch (error) {
    throw new Failure(ExitCode.configuration, `cannot read the secret that ${name}_FILE names: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
