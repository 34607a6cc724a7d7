import { chmodSync, copyFileSync, mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inPath, install } from "../peers.ts";
import { bundlePath, programPath } from "../programs.ts";
import type { FetchedPm2 } from "./pm2.ts";

/** A program that can be PID 1 of a container. */
export interface Peer {
  readonly name: string;
  readonly leftOut?: string | undefined;
  /** Writes its configuration into the folder, and returns the command line that makes it run the command. */
  readonly prepare: (command: string, folder: string) => readonly string[];
  readonly environment?: (folder: string) => Readonly<Record<string, string>>;
  /** Whether USR1 reaches the command. */
  readonly forwards: boolean;
  /** The signal that makes it stop the command with TERM, wait for it, and exit. Undefined if there is none. */
  readonly stopSignal: NodeJS.Signals | undefined;
  /** Whether it exits when the command exits, with the command's code. */
  readonly endsWithCommand: boolean;
  /** The URL that answers 200 once it is up. */
  readonly healthUrl?: string;
}

const wrapper = { forwards: true, stopSignal: "SIGTERM", endsWithCommand: true } as const;
const serviceManager = { forwards: false, stopSignal: "SIGTERM", endsWithCommand: false } as const;

const wrap = (name: string): Peer => ({
  ...wrapper,
  name,
  leftOut: inPath(name) === undefined ? install(name) : undefined,
  prepare: (command) => [name, "--", command],
});

const s6: Peer = {
  ...serviceManager,
  name: "s6",
  leftOut: inPath("s6-svscan") === undefined ? install("s6") : undefined,
  prepare: (command, folder) => ["s6-svscan", writeService(command, folder)],
};

const runit: Peer = {
  ...serviceManager,
  name: "runit",
  // On HUP, runsvdir tells its children to stop, but exits before they have ended. On TERM it exits at once.
  stopSignal: undefined,
  leftOut: inPath("runsvdir") === undefined ? install("runit") : undefined,
  prepare: (command, folder) => ["runsvdir", writeService(command, folder)],
};

const supervisord: Peer = {
  ...serviceManager,
  name: "supervisord",
  leftOut: inPath("supervisord") === undefined ? install("supervisor") : undefined,
  prepare(command, folder) {
    const file = join(folder, "supervisord.conf");
    const own = ["nodaemon=true", "user=root", "logfile=/dev/null", "logfile_maxbytes=0", `pidfile=${folder}/pid`];
    const program = [`command=${command}`, "startsecs=0", "stdout_logfile=NONE", "stderr_logfile=NONE"];
    writeFileSync(file, ["[supervisord]", ...own, "[program:app]", ...program, ""].join("\n"));
    return ["supervisord", "-c", file];
  },
};

const pm2 = (node: string, fetched: FetchedPm2): Peer => ({
  ...serviceManager,
  name: "pm2-runtime",
  ...("leftOut" in fetched && fetched),
  // pm2 sends INT by default.
  environment: (folder) => ({ PM2_HOME: join(folder, "pm2"), PM2_KILL_SIGNAL: "SIGTERM" }),
  prepare(command, folder) {
    const file = join(folder, "ecosystem.json");
    const app = { name: "app", script: command, interpreter: "none" };
    writeFileSync(file, JSON.stringify({ apps: [app] }));
    return [node, "script" in fetched ? fetched.script : "", "start", file];
  },
});

interface Common {
  /** The health URL of seaworthy in the shop's configuration. */
  readonly healthUrl: string;
  /** The Node that runs the JavaScript programs. */
  readonly node: string;
}

export const idleServerName = "idle Node HTTP server";

/** The base for memory. The shell starts the command, then execs Node, so that no shell counts. */
export const idleServer = ({ healthUrl, node }: Common): Peer => ({
  ...wrapper,
  name: idleServerName,
  healthUrl,
  prepare(command) {
    const { hostname, port } = new URL(healthUrl);
    const script = `require("node:http").createServer((request, response) => response.end()).listen(${port}, "${hostname}")`;
    return ["sh", "-c", '"$0" & exec "$@"', command, node, "-e", script];
  },
});

/** All peers, in the order of the tables. The first runs the app without a supervisor. */
export function listPeers({ healthUrl, node, ...fetched }: Common & { readonly pm2: FetchedPm2 }): readonly Peer[] {
  const ours = (name: string, program: readonly string[]): Peer => ({
    ...wrapper,
    name,
    prepare: (command) => [...program, command],
    healthUrl,
  });
  return [
    { ...wrapper, name: "nothing", prepare: (command) => [command] },
    wrap("tini"),
    wrap("dumb-init"),
    ours("seaworthy (bundle)", [node, bundlePath]),
    ours("seaworthy (program)", [programPath]),
    s6,
    runit,
    supervisord,
    pm2(node, fetched.pm2),
  ];
}

/** Creates a folder of services in the layout of s6 and runit. */
function writeService(command: string, folder: string): string {
  const services = join(folder, "services");
  const service = join(services, "app");
  mkdirSync(service, { recursive: true });
  copyFileSync(command, join(service, "run"));
  chmodSync(join(service, "run"), 0o755);
  // Set an old mtime, as in an image: runsvdir waits a second if the folder may still change.
  const longAgo = new Date("2020-01-01");
  utimesSync(services, longAgo, longAgo);
  return services;
}
