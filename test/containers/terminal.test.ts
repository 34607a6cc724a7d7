import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { containerOf } from "../harness/engine/containers.ts";
import { debianImage } from "../harness/engine/bases.ts";
import { docker, dockerProgram, withoutEngine } from "../harness/engine/docker.ts";
import { openEngine, type Engine } from "../harness/engine/engine.ts";
import { waitLong } from "../harness/engine/patience.ts";
import { withoutPython } from "../harness/python.ts";
import { key, startTerminal } from "../harness/terminal.ts";
import { withoutSeaworthy } from "../harness/variants.ts";

const fixtures = join(import.meta.dirname, "../fixtures/pid1");
const shell = ["bash", "--norc", "--noprofile", "-i"];
const app = ["python3", "-IS", "/fixtures/signals.py"];
const [INT, USR1] = [2, 10];

const dockerfile = (seaworthy: string) => `FROM ${debianImage}
RUN apt-get update && apt-get install -y --no-install-recommends python3 && rm -rf /var/lib/apt/lists/*
COPY --from=${seaworthy} /opt/seaworthy /opt/seaworthy
ENTRYPOINT ["/opt/seaworthy/seaworthy"]
`;

suite("docker run -it", { skip: withoutEngine || withoutPython }, () => {
  let engine: Engine;
  let image: string;
  let made = 0;

  before(async () => {
    engine = await openEngine();
    image = await engine.buildFiles("terminal", { Dockerfile: dockerfile(await engine.buildSeaworthy()) });
  });
  after(() => engine.end());

  /** Runs `docker run -it` in a terminal. */
  const open = (command: readonly string[], flags: readonly string[] = []) => {
    const name = engine.nameOf(`terminal-${++made}`);
    const own = [
      `--name=${name}`,
      `--label=${engine.label}`,
      `--volume=${fixtures}:/fixtures:ro`,
      "--env=PS1=prompt> ",
    ];
    const run = [dockerProgram, "run", "-it", "--rm", ...own, "--env=TERM=dumb", ...flags, image, ...command];
    const terminal = startTerminal(withoutSeaworthy({ build: "nothing", asPid1: false }), run);
    const untilRuns = (program: string) =>
      waitLong(program, async () => (await containerOf(name).processes()).some((entry) => entry.name === program));
    return { ...terminal, untilRuns, send: (signal: number) => docker(["kill", `--signal=${signal}`, name]) };
  };
  const received = (screen: string) => [...screen.matchAll(/app (\d+)\r\n/g)].map(([, number]) => Number(number));

  test("a shell has job control: Ctrl-C ends only the job, Ctrl-Z stops it and fg resumes it", async () => {
    using terminal = open(shell);
    await terminal.untilScreen("prompt> ");
    assert.doesNotMatch(terminal.screen(), /job control|process group/);
    terminal.type("sleep 1000\n");
    await terminal.untilRuns("sleep");
    terminal.type(key.interrupt);
    await terminal.untilScreen("prompt> ", 2);
    terminal.type("echo code=$?\n");
    await terminal.untilScreen("code=130");
    terminal.type("sleep 1000\n");
    await terminal.untilRuns("sleep");
    terminal.type(key.suspend);
    await terminal.untilScreen("Stopped");
    terminal.type("fg\n");
    await terminal.untilScreen("sleep 1000", 4);
    terminal.type(key.interrupt);
    await terminal.untilScreen("prompt> ", 5);
    terminal.type("exit 5\n");
    assert.equal((await terminal.ended).code, 5);
  });

  test("a shell has no job control in a session without the terminal (control)", async () => {
    using terminal = open(["--wait", ...shell], ["--entrypoint=setsid"]);
    await terminal.untilScreen("prompt> ");
    assert.match(terminal.screen(), /no job control in this shell/);
    terminal.type("exit\n");
    await terminal.ended;
  });

  test("Ctrl-C arrives once", async () => {
    using terminal = open(app);
    await terminal.untilScreen("app ready");
    terminal.type(key.interrupt);
    await terminal.untilScreen(`app ${INT}\r\n`);
    await terminal.send(USR1);
    await terminal.untilScreen(`app ${USR1}\r\n`);
    assert.deepEqual(received(terminal.screen()), [INT, USR1]);
  });

  test("Ctrl-C arrives twice under a supervisor that forwards it within its own group (control)", async () => {
    using terminal = open(["/fixtures/naive.py", "forward", ...app], ["--entrypoint=python3"]);
    await terminal.untilScreen("app ready");
    terminal.type(key.interrupt);
    await terminal.untilScreen(`app ${INT}\r\n`, 2);
  });

  test("a window size change reaches the app", async () => {
    using terminal = open(shell);
    await terminal.untilScreen("prompt> ");
    terminal.resize(33, 101);
    const script = `until [ "$(stty size)" = "33 101" ]; do sleep 0.05; done; stty size | tr ' ' x`;
    terminal.type(`${script}\n`);
    await terminal.untilScreen("33x101");
    // Without job control, every process is in the terminal's foreground group. So the shell gets every SIGWINCH.
    terminal.type(`set +m; trap 'echo now:$(stty size | tr " " x)' WINCH\n`);
    await terminal.untilScreen("prompt> ", 3);
    terminal.resize(20, 60);
    terminal.type("sleep 0.2\n");
    await terminal.untilScreen("now:20x60");
    terminal.type("exit 0\n");
    await terminal.ended;
  });
});
