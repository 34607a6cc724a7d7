import { hash } from "node:crypto";
import { accessSync, constants, existsSync } from "node:fs";
import { ExitCode, Failure } from "../kernel/failure.ts";
import { parseDirectives, type Directives } from "./directives.ts";
import { readEnvLine } from "./interpreter.ts";
import { readRequirements } from "./requirements.ts";

interface ProgramFile {
  readonly name: string;
  readonly path: string;
  readonly bytes: Buffer;
}

/** Reads a migration that is a program. Throws a Failure (78) if it cannot be run here, or has a directive of SQL. */
export function readProgram({ name, path, bytes }: ProgramFile) {
  const text = textOf(bytes);
  refuseUnrunnable(path, text);
  const { program: interpreter } = readEnvLine(text);
  return {
    name,
    path,
    language: "program",
    source: "",
    size: bytes.length,
    checksum: checksumOfProgram(bytes),
    directives: directivesOfProgram(path, bytes),
    requirements: readRequirements(text),
    ...(interpreter !== undefined && { interpreter }),
  } as const;
}

/** sha256 of the bytes. With other line endings, a script would not run. */
export function checksumOfProgram(bytes: Buffer): string {
  return hash("sha256", bytes);
}

/** Throws a Failure (78) for a directive that is only for SQL and JavaScript. */
export function directivesOfProgram(path: string, bytes: Buffer): Directives {
  const { contract, lockTimeoutMs, statementTimeoutMs, transaction } = parseDirectives(path, textOf(bytes), "program");
  const given = [
    transaction ? undefined : "no-transaction",
    lockTimeoutMs === undefined ? undefined : "lock-timeout",
    statementTimeoutMs === undefined ? undefined : "statement-timeout",
  ].find((directive) => directive !== undefined);
  if (given !== undefined) {
    const cause = `the directive ${given} is for statements, and this migration is a program`;
    throw new Failure(ExitCode.configuration, `${path}: ${cause}. Remove it; for a program, contract is allowed.`);
  }
  return { transaction: false, ...(contract !== undefined && { contract }) };
}

/** The text of a script. Empty for a binary, which has no comments. */
function textOf(bytes: Buffer): string {
  return bytes.subarray(0, 2).toString("latin1") === "#!" ? bytes.toString("utf8") : "";
}

/** Finds out before anything is run. Throws a Failure (78). */
function refuseUnrunnable(path: string, text: string): void {
  const refuse = (cause: string, fix: string): never => {
    throw new Failure(ExitCode.configuration, `cannot run the migration ${path}: ${cause}. ${fix}.`);
  };
  try {
    accessSync(path, constants.X_OK);
  } catch {
    const fix =
      "Check that its file system is not mounted noexec, and that the container's user may run it (chmod a+rx) and enter its folder";
    refuse("permission denied, although it has a run bit", fix);
  }
  const [, interpreter = "", carriage = ""] = /^#![ \t]*([^ \t\r\n]*)[^\r\n]*(\r?)/.exec(text) ?? [];
  if (carriage !== "") refuse("its first line (#!) ends with a carriage return", "Save it with Unix line endings (LF)");
  if (interpreter !== "" && !existsSync(interpreter))
    refuse(`its interpreter ${interpreter} does not exist`, "Install it, or correct the first line (#!)");
  const { fault } = readEnvLine(text);
  if (fault !== undefined) refuse(fault, "Write the option -S, as in `#!/usr/bin/env -S python3 -u`");
}
