import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { suite, test } from "node:test";
import { scratchPath } from "../harness/scratch.ts";
import { lacking } from "../harness/services.ts";
import { startEcs, type EcsScenario } from "./ecs.ts";
import { examples, filesLike, files } from "./files.ts";

const scripts = files.filter(({ text }) => text.startsWith("#!/bin/sh\n"));

test("shellcheck finds nothing in the scripts", { skip: lacking("/usr/bin/shellcheck") }, () => {
  assert.ok(scripts.length >= 5);
  const check = (path: string) => spawnSync("/usr/bin/shellcheck", ["--severity=style", path], { encoding: "utf8" });
  for (const { path } of scripts) {
    const { status, stdout } = check(join(examples, path));
    assert.equal(status, 0, stdout);
    assert.ok(spawnSync("test", ["-x", join(examples, path)]).status === 0, `${path} cannot be executed`);
  }
  const bad = scratchPath("bad.sh");
  writeFileSync(bad, "#!/bin/sh\nrm $1\n");
  assert.equal(check(bad).status, 1);
});

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The calls of tools on its PATH. */
  readonly calls: readonly string[];
}

/** Runs a copy of an example's script with fake tools that record their calls and give prepared answers. */
async function runScript(
  path: string,
  argv: readonly string[],
  tools: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>> = {},
): Promise<Run> {
  const folder = scratchPath("script");
  const bin = join(folder, "bin");
  const log = join(folder, "calls");
  const [example = ""] = path.split("/", 1);
  cpSync(join(examples, example), join(folder, example), { recursive: true });
  mkdirSync(bin);
  for (const [name, answer] of Object.entries(tools)) {
    writeFileSync(join(bin, name), `#!/bin/sh\nprintf '%s\\n' "${name} $*" >>"${log}"\n${answer}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  const child = spawn(join(folder, path), argv, {
    env: { PATH: `${bin}${delimiter}/usr/bin:/bin`, POLL_SECONDS: "0.05", FOLDER: folder, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout, stderr, calls: existsSync(log) ? readFileSync(log, "utf8").trimEnd().split("\n") : [] };
}

/** Gives the first answer `times` times, and then the last one. */
const later = (times: number, first: string, last: string) =>
  `count=$(cat "$FOLDER/count" 2>/dev/null || echo 0); echo $((count + 1)) >"$FOLDER/count"; if [ "$count" -lt ${times} ]; then ${first}; else ${last}; fi`;

suite("kubernetes/deploy.sh", () => {
  const kubectl = (end: string) => `case "$1 $2" in
    "apply -f") if [ "$3" = - ]; then cat >>"$FOLDER/applied"; fi ;;
    "get job") ${later(2, "echo", `printf '${end}'`)} ;;
  esac`;

  test("rolls out when the Job has completed", async () => {
    const { code, calls, stderr } = await runScript("kubernetes/deploy.sh", ["2.4.0"], {
      kubectl: kubectl("SuccessCriteriaMet\\nComplete\\n"),
    });
    assert.equal(code, 0, stderr);
    assert.equal(calls.filter((call) => call.startsWith("kubectl get job shop-upgrade-2-4-0 ")).length, 3);
    assert.match(calls.at(-1) ?? "", /rollout status deployment\/shop/);
  });

  test("rolls out nothing when the Job has failed", async () => {
    const { code, calls, stderr } = await runScript("kubernetes/deploy.sh", ["2.4.0"], {
      kubectl: kubectl("FailureTarget\\nFailed\\n"),
    });
    assert.equal(code, 1);
    assert.match(stderr, /nothing was rolled out/);
    assert.ok(!calls.some((call) => call.includes("rollout")));
    assert.equal(calls.filter((call) => call === "kubectl apply -f -").length, 1, "the Job, and nothing after it");
  });
});

suite("nomad/deploy.sh", { skip: lacking("/usr/bin/jq") }, () => {
  const allocations = (status: string) =>
    JSON.stringify([
      { CreateIndex: 20, ClientStatus: status },
      { CreateIndex: 10, ClientStatus: status === "complete" ? "failed" : "complete" },
    ]);
  const nomad = (end: string) => `case "$1 $2" in
    "job allocs") ${later(2, `echo '${allocations("running")}'`, `echo '${allocations(end)}'`)} ;;
  esac`;

  test("rolls out when the batch job has completed", async () => {
    const { code, calls, stderr } = await runScript("nomad/deploy.sh", ["2.4.0"], { nomad: nomad("complete") });
    assert.equal(code, 0, stderr);
    assert.equal(calls[0], "nomad job run -var version=2.4.0 upgrade.nomad.hcl");
    assert.equal(calls.at(-1), "nomad job run -var version=2.4.0 shop.nomad.hcl");
  });

  test("rolls out nothing when it has failed, even if an older one completed", async () => {
    const { code, calls, stderr } = await runScript("nomad/deploy.sh", ["2.4.0"], { nomad: nomad("failed") });
    assert.equal(code, 1);
    assert.match(stderr, /is failed: nothing was rolled out/);
    assert.ok(!calls.some((call) => call.includes("shop.nomad.hcl")));
  });
});

suite("kamal/.kamal/hooks/pre-deploy", () => {
  const hook = "kamal/.kamal/hooks/pre-deploy";
  const environment = { KAMAL_VERSION: "abc", KAMAL_COMMAND: "deploy" };

  test("runs the new image with --upgrade, and fails if that fails", async () => {
    const good = await runScript(hook, [], { kamal: "" }, environment);
    assert.equal(good.code, 0, good.stderr);
    assert.deepEqual(good.calls, ["kamal app exec --primary --version abc -- --upgrade"]);
    const staging = await runScript(hook, [], { kamal: "exit 1" }, { ...environment, KAMAL_DESTINATION: "staging" });
    assert.equal(staging.code, 1);
    assert.deepEqual(staging.calls, ["kamal app exec --primary --version abc --destination staging -- --upgrade"]);
  });

  test("does nothing at a rollback", async () => {
    const { code, calls } = await runScript(
      hook,
      [],
      { kamal: "exit 1" },
      { ...environment, KAMAL_COMMAND: "rollback" },
    );
    assert.equal(code, 0);
    assert.deepEqual(calls, []);
  });
});

suite("docker-run/deploy.sh", () => {
  const docker = (upgrade: number, health: string) => `case $1 in
    run) case " $* " in *" --upgrade "*) exit ${upgrade} ;; esac ;;
    ps) echo 0123456789ab ;;
    inspect) ${later(2, "echo running starting", `echo ${health}`)} ;;
    exec) if [ "$2" = --interactive ]; then cat >"$FOLDER/proxy"; fi ;;
  esac`;

  test("upgrades, waits, switches the proxy, and stops the old container last", async () => {
    const { code, calls, stdout, stderr } = await runScript("docker-run/deploy.sh", ["2.4.0"], {
      docker: docker(0, "running healthy"),
    });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /shop-2\.4\.0 serves/);
    const steps = calls.map((call) => call.split(" ")[1]);
    assert.deepEqual(steps, ["run", "ps", "run", "inspect", "inspect", "inspect", "exec", "exec", "stop", "rm"]);
    assert.match(calls[0] ?? "", / shop:2\.4\.0 --upgrade$/);
    assert.ok(!(calls[2] ?? "").includes("upgrade.env"), "the app got the right to change the schema");
  });

  test("a failed upgrade ends the script, and the old container keeps serving", async () => {
    const { code, calls } = await runScript("docker-run/deploy.sh", ["2.4.0"], {
      docker: docker(1, "running healthy"),
    });
    assert.equal(code, 1);
    assert.equal(calls.length, 1);
  });

  test("an unhealthy container is removed, and the old one keeps serving", async () => {
    const { code, calls, stderr } = await runScript("docker-run/deploy.sh", ["2.4.0"], {
      docker: docker(0, "running unhealthy"),
    });
    assert.equal(code, 1);
    assert.match(stderr, /shop-2\.4\.0 is running unhealthy/);
    assert.equal(calls.at(-1), "docker rm --force shop-2.4.0");
    assert.ok(!calls.some((call) => call.startsWith("docker stop")));
  });
});

suite("ecs/deploy.sh, with the real AWS CLI", { skip: lacking("/usr/bin/aws", "/usr/bin/jq") }, () => {
  async function deploy(scenario: EcsScenario) {
    await using ecs = await startEcs(scenario);
    const ended = await runScript(
      "ecs/deploy.sh",
      ["images.example.com/shop:2.4.0"],
      { aws: `exec /usr/bin/aws --endpoint-url ${ecs.url} "$@"` },
      {
        CLUSTER: "production",
        SERVICE: "shop",
        SUBNETS: "subnet-1,subnet-2",
        SECURITY_GROUPS: "sg-1",
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test",
        AWS_REGION: "eu-central-1",
        AWS_EC2_METADATA_DISABLED: "true",
        HOME: "/nonexistent",
        POLL_SECONDS: "0.1",
      },
    );
    return { ...ended, requests: ecs.requests };
  }
  const names = (requests: readonly { readonly action: string }[]) => requests.map(({ action }) => action);

  test("runs the upgrade, checks its exit code, and updates the service", async () => {
    const { code, stderr, requests } = await deploy({ exitCode: 0, rollout: "COMPLETED" });
    assert.equal(code, 0, stderr);
    assert.deepEqual(
      [...new Set(names(requests))],
      ["RegisterTaskDefinition", "RunTask", "DescribeTasks", "UpdateService", "DescribeServices"],
    );
    const registered = requests.filter(({ action }) => action === "RegisterTaskDefinition").map(({ body }) => body);
    assert.deepEqual(
      registered.map((body) => (body as { containerDefinitions: { image: string }[] }).containerDefinitions[0]?.image),
      ["images.example.com/shop:2.4.0", "images.example.com/shop:2.4.0"],
    );
    const run = requests.find(({ action }) => action === "RunTask")?.body as { networkConfiguration: object };
    assert.deepEqual(run.networkConfiguration, {
      awsvpcConfiguration: { subnets: ["subnet-1", "subnet-2"], securityGroups: ["sg-1"] },
    });
  });

  for (const [what, scenario, message] of [
    ["a failed upgrade", { exitCode: 1 }, /exit code 1, .*the service was not updated/],
    ["a container that never ran", {}, /exit code none, .*the service was not updated/],
    ["a task that cannot be placed", { failure: "RESOURCE:MEMORY" }, /was not started: .*RESOURCE:MEMORY/],
  ] as const) {
    test(`${what}: the service is not updated`, async () => {
      const { code, stderr, requests } = await deploy(scenario);
      assert.equal(code, 1, stderr);
      assert.match(stderr, message);
      assert.ok(!names(requests).includes("UpdateService"));
    });
  }

  for (const rollout of ["FAILED", "GONE"] as const) {
    test(`fails if ECS rolls the service back: ${rollout}`, async () => {
      const { code, stderr } = await deploy({ exitCode: 0, rollout });
      assert.equal(code, 1, stderr);
      assert.match(stderr, /rolled back/);
    });
  }

  test("control: the CLI refuses a definition with an unknown key", () => {
    const definition = filesLike(/^ecs\/service\.json$/)[0]?.text.replace('"healthCheck"', '"healthcheck"') ?? "";
    const { status, stderr } = spawnSync(
      "/usr/bin/aws",
      ["ecs", "register-task-definition", "--cli-input-json", definition, "--generate-cli-skeleton", "output"],
      { encoding: "utf8", env: { PATH: "/usr/bin:/bin", AWS_REGION: "eu-central-1" } },
    );
    assert.notEqual(status, 0);
    assert.match(stderr, /Unknown parameter .*healthcheck/);
  });
});

suite("swarm/roll-out.sh", () => {
  /** The first `refusals` updates are refused. */
  const rollOut = async (refusals: number, refusal = "update out of sequence") => {
    const refuse = `echo "Error response from daemon: rpc error: code = Unknown desc = ${refusal}" >&2; exit 1`;
    const docker = `case "$*" in
      "service update "*) ${later(refusals, refuse, 'touch "$FOLDER/updated"')} ;;
      *json*) test -e "$FOLDER/updated" && echo '{"State":"completed"}' || echo null ;;
      *State*) test -e "$FOLDER/updated" && echo completed ;;
    esac`;
    const run = await runScript("swarm/roll-out.sh", ["shop:2.0.0"], { docker, sleep: "" });
    return { ...run, updates: run.calls.filter((call) => call.startsWith("docker service update ")) };
  };

  test("tries again if another client changed the service at the same time", async () => {
    const { code, updates, stderr } = await rollOut(2);
    assert.equal(code, 0, stderr);
    assert.deepEqual(new Set(updates), new Set(["docker service update --quiet --image shop:2.0.0 shop_app"]));
    assert.equal(updates.length, 3);
  });

  test("gives up after a minute and prints the reason", async () => {
    const { code, updates, stderr } = await rollOut(1000);
    assert.equal(code, 1);
    assert.match(stderr, /update out of sequence/);
    assert.equal(updates.length, 60);
  });

  test("does not try again if the update is refused for another reason", async () => {
    const { code, updates, stderr } = await rollOut(1, "service shop_app not found");
    assert.equal(code, 1);
    assert.match(stderr, /service shop_app not found/);
    assert.equal(updates.length, 1);
  });
});
