import type { ImageFiles } from "../harness/image.ts";
import type { Suite } from "../harness/leaks.ts";
import { runProgram } from "../harness/program.ts";

interface Report {
  readonly findings: number;
  readonly migrations: readonly {
    readonly name: string;
    readonly path: string;
    readonly tier: string;
    readonly linted: boolean;
    readonly grammar: boolean;
    readonly notLinted?: string;
    readonly findings: readonly { readonly rule: string }[];
    readonly allowed: readonly { readonly rule: string; readonly reason: string }[];
  }[];
  readonly unreadable: readonly { readonly path: string; readonly line?: number; readonly message: string }[];
}

/** Runs --lint in an image of these files. */
export const createLint =
  (suite: Pick<Suite, "image">) =>
  async (files: ImageFiles, argv: readonly string[] = []) => {
    const { folder } = suite.image(files);
    const ended = await runProgram(["--lint", "--json", ...argv], { workingDirectory: folder });
    const report = JSON.parse(ended.stdout) as Report;
    const rules = report.migrations.map(({ path, findings }) => [path, ...findings.map(({ rule }) => rule)]);
    return { ...ended, report, rules };
  };
