import { readFile } from "node:fs/promises";
import { messageOf } from "../kernel/failure.ts";
import type { Observation } from "../kernel/observation.ts";
import { extractVersion, parseJsonExactly, type Extraction } from "./extract.ts";
import { judgeVersion, type Requirement } from "./judge.ts";

export interface FileDependency extends Extraction, Requirement {
  readonly path: string;
}

/** A version in a mounted file: JSON, YAML, `NAME=value` lines (by a pattern), or nothing but the version. */
export async function lookAtFile(dependency: FileDependency): Promise<Observation> {
  const { path, requires } = dependency;
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    const reason = missing ? `the file ${path} does not exist. Mount it.` : `cannot read ${path}: ${messageOf(error)}`;
    return { verdict: "unreachable", needed: requires.text, reason };
  }
  const parse = /\.ya?ml$/i.test(path) ? (await import("js-yaml")).load : parseJsonExactly;
  const found = extractVersion(text, dependency, (source) => parse(source));
  if ("problem" in found)
    return {
      verdict: "unreadable",
      needed: requires.text,
      reason: `cannot read a version from ${path}: ${found.problem}`,
    };
  return judgeVersion(found.version, dependency, { name: path, fix: "Deploy the newer file." });
}
