import { inPath, install } from "./peers.ts";
import { launch, startedCommand, waitForEnd } from "./launch.ts";
import { bundlePath, programPath } from "./programs.ts";
import { runRounds, type Contender } from "./rounds.ts";
import { formatTable, timeColumns } from "./table.ts";
import type { Suite, SuiteOptions } from "./suite.ts";

const base = "node -e 0";

/** From the program's exec to the command's first timestamp, as PID 1. Target: at most 1.25 × the base. */
export const start: Suite = async (options) => {
  const { quick, insideNamespace } = options;
  const row = (name: string, argv: readonly string[]) => rowOf(options, name, argv);
  const rounds = quick ? 10 : 60;
  const node = (script: string) => [process.execPath, "-e", script];
  const peer = (name: string): Contender => ({
    ...row(name, [name, "--", ...startedCommand]),
    leftOut: inPath(name) ? undefined : install(name),
  });
  const results = await runRounds(
    [
      row("nothing", startedCommand),
      peer("tini"),
      peer("dumb-init"),
      row(base, stampAfter(node("0"))),
      row("node -e spawn", node(spawnScript)),
      row("seaworthy (bundle)", [process.execPath, bundlePath, ...startedCommand]),
      {
        ...row("seaworthy (program)", [programPath, ...startedCommand]),
        leftOut: insideNamespace ? undefined : "left out: mounting it needs root",
      },
    ],
    { title: "start", rounds, warmUp: true },
  );
  const title = `start: ${insideNamespace ? "as PID 1, " : ""}from exec to the command's start, in ms, ${rounds} rounds (${base}: until it exits)`;
  return { results, tables: [formatTable(title, results, timeColumns("start", base))] };
};

function rowOf({ shop, insideNamespace }: SuiteOptions, name: string, argv: readonly string[]): Contender {
  const { folder, environment, newFolder } = shop;
  return {
    name,
    async measure() {
      const launched = launch(argv, {
        folder: newFolder(),
        workingDirectory: folder,
        environment,
        asPid1: insideNamespace,
      });
      try {
        const begun = await launched.next("exec");
        const started = await launched.next("started");
        await waitForEnd(launched, 0);
        return { start: [Number(started - begun) / 1e6] };
      } finally {
        launched.close();
      }
    },
  };
}

const spawnScript = `require("node:child_process").spawn(${JSON.stringify(startedCommand[0])}, ${JSON.stringify(startedCommand.slice(1))}, { stdio: "inherit" })`;

/** A program that starts no command is measured until its own end. */
const stampAfter = (argv: readonly string[]) => [
  "sh",
  "-c",
  `"$@" && exec ${startedCommand.map((word) => `'${word}'`).join(" ")}`,
  "sh",
  ...argv,
];
