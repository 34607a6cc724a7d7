import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { startContainer } from "../../harness/container.ts";
import { freePort } from "../../harness/postgres.ts";
import { readProcess, treeOf } from "../../harness/proc.ts";
import { scratchPath } from "../../harness/scratch.ts";
import { asRoot, forEachVariant } from "../../harness/variants.ts";
import { waitFor } from "../../harness/wait.ts";

const nginx = "/usr/sbin/nginx";
const fpm = readdirSync("/usr/sbin")
  .map((name) => join("/usr/sbin", name))
  .find((path) => /\/php-fpm[\d.]*$/.test(path));
const missing =
  existsSync(nginx) && fpm !== undefined ? false : "needs nginx and php-fpm: apt-get install nginx php-fpm";
const skip = process.env["CI"] ? false : missing;

forEachVariant("php-fpm and nginx", { skip, variantsAtOnce: 1 }, (variant) => {
  test("run in one container: start in order, survive a restart, and finish the last request", async () => {
    const site = await createSite();
    using container = startContainer(variant, [], {
      settings: { processes: site.processes, stop: { graceSeconds: 600 } },
    });
    await waitFor("health", async () => (await container.get("/health")).status === 200);
    assert.equal(await site.get("/index.php"), "hello from php");

    const pid = await container.pid();
    const master = treeOf(pid).find(({ commandLine }) => commandLine.join(" ").includes("php-fpm: master"));
    assert.ok(master, "php-fpm has no master process");
    process.kill(master.pid, "SIGTERM");
    const { body } = await waitFor("the restart", async () => {
      const answer = await container.get("/health");
      return answer.body.checks["fpm:process"]?.[0]?.restarts === 1 && answer.status === 200 && answer;
    });
    assert.equal(body.checks["nginx:process"]?.[0]?.restarts, 0);
    assert.equal(await site.get("/index.php"), "hello from php");

    // On QUIT both finish their current requests.
    const running = treeOf(pid);
    const last = site.get("/slow.php");
    await waitFor("the request", () => existsSync(site.begun));
    await container.send("SIGTERM");
    await waitFor("the stop", async () => (await container.get("/health")).body.phase === "draining");
    writeFileSync(site.gate, "");
    assert.equal(await last, "finished");
    assert.deepEqual(await container.ended, { code: 0, signal: null });
    // Both overwrite their environment, so it cannot identify them.
    assert.ok(running.length > 5);
    assert.deepEqual(
      running.filter((entry) => readProcess(entry.pid)?.name === entry.name),
      [],
    );
  });
});

async function createSite() {
  const folder = scratchPath("site");
  mkdirSync(folder);
  const port = await freePort();
  const [socket, begun, gate] = [join(folder, "fpm.sock"), join(folder, "begun"), join(folder, "gate")];
  const write = (name: string, ...lines: readonly string[]) => {
    const path = join(folder, name);
    writeFileSync(path, lines.join("\n"));
    return path;
  };
  write("index.php", `<?php echo getenv("GREETING"), " from php";`);
  write(
    "slow.php",
    `<?php touch("${begun}"); while (!file_exists("${gate}")) { usleep(10000); clearstatcache(); } echo "finished";`,
  );
  const user = asRoot ? "root" : "";
  const fpmConfig = write(
    "fpm.conf",
    ...["[global]", "daemonize = no", `error_log = ${folder}/fpm.log`, "process_control_timeout = 60s"],
    ...["[www]", `listen = ${socket}`, "pm = static", "pm.max_children = 2", "clear_env = no"],
    ...(user === "" ? [] : [`user = ${user}`, `group = ${user}`]),
  );
  const nginxConfig = write(
    "nginx.conf",
    ...["daemon off;", "worker_processes 1;", "error_log stderr warn;", `pid ${folder}/nginx.pid;`, "events {}"],
    ...(user === "" ? [] : [`user ${user};`]),
    `http { access_log off; client_body_temp_path ${folder}/body; fastcgi_temp_path ${folder}/fastcgi;`,
    `proxy_temp_path ${folder}/proxy; uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;`,
    `server { listen 127.0.0.1:${port}; location / { fastcgi_pass unix:${socket};`,
    `fastcgi_param SCRIPT_FILENAME ${folder}$uri; fastcgi_param REQUEST_METHOD $request_method; } } }`,
  );
  const url = (path: string) => `http://127.0.0.1:${port}${path}`;
  return {
    begun,
    gate,
    get: async (path: string) => (await fetch(url(path), { headers: { connection: "close" } })).text(),
    processes: {
      nginx: {
        command: [nginx, "-e", "stderr", "-c", nginxConfig],
        after: ["fpm"],
        ready: { http: url("/index.php") },
        stop: { signal: "QUIT" },
      },
      fpm: {
        command: [fpm, "--nodaemonize", "--fpm-config", fpmConfig, ...(asRoot ? ["--allow-to-run-as-root"] : [])],
        environment: { GREETING: "hello" },
        ready: { socket },
        restart: "always",
        stop: { signal: "QUIT" },
      },
    },
  };
}
