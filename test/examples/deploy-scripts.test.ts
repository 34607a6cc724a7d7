import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { lacking } from "../harness/services.ts";
import { later, runScript } from "./run-script.ts";

suite("kubernetes/deploy.sh", () => {
  /** `before`: the conditions of the Job of an earlier call. Undefined: there is none. */
  const kubectl = (end: string, before?: string) => `case "$*" in
    "apply -f -") cat >>"$FOLDER/applied" ;;
    "get job "*"-o name") ${before === undefined ? ":" : "echo job.batch/shop-upgrade-2-4-0"} ;;
    "get job "*"--ignore-not-found"*) printf '${before ?? ""}' ;;
    "get job "*) ${later(2, "echo", `printf '${end}'`)} ;;
    "logs "*) echo "the Job's log" ;;
  esac`;
  const applied = (calls: readonly string[]) => calls.filter((call) => call === "kubectl apply -f -").length;

  test("rolls out when the Job has completed", async () => {
    const { code, calls, stdout, stderr } = await runScript("kubernetes/deploy.sh", ["2.4.0"], {
      kubectl: kubectl("SuccessCriteriaMet\\nComplete\\n"),
    });
    assert.equal(code, 0, stderr);
    assert.equal(calls.filter((call) => call.startsWith("kubectl get job shop-upgrade-2-4-0 -o json")).length, 3);
    assert.match(calls.at(-1) ?? "", /rollout status deployment\/shop/);
    assert.match(stdout, /the Job's log/);
  });

  test("waits for a Job that is already running, and never deletes it", async () => {
    const { code, calls, stdout } = await runScript("kubernetes/deploy.sh", ["2.4.0"], {
      kubectl: kubectl("Complete\\n", ""),
    });
    assert.equal(code, 0);
    assert.match(stdout, /shop-upgrade-2-4-0 is already running: waiting for it/);
    assert.ok(!calls.some((call) => call.startsWith("kubectl delete")));
    assert.equal(applied(calls), 1, "the Deployment alone");
  });

  test("replaces a Job that has ended", async () => {
    for (const before of ["Complete\\n", "Failed\\n"]) {
      const { code, calls } = await runScript("kubernetes/deploy.sh", ["2.4.0"], {
        kubectl: kubectl("Complete\\n", before),
      });
      assert.equal(code, 0);
      assert.ok(calls.some((call) => call.startsWith("kubectl delete job shop-upgrade-2-4-0 ")));
      assert.equal(applied(calls), 2, "the Job and the Deployment");
    }
  });

  test("gives up with 75 on a Job that never ends, and rolls out nothing", async () => {
    const environment = { TIMEOUT_SECONDS: "0" };
    const tools = { kubectl: kubectl("") };
    const { code, calls, stderr } = await runScript("kubernetes/deploy.sh", ["2.4.0"], tools, environment);
    assert.equal(code, 75);
    assert.match(stderr, /has not ended after 0 s: nothing was rolled out/);
    assert.ok(calls.some((call) => call.startsWith("kubectl describe job")));
    assert.ok(!calls.some((call) => call.startsWith("kubectl delete") || call.includes("rollout")));
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
  /** Before the upgrade is started, the script asks whether one runs. */
  const nomad = (end: string, before = "failed") => `case "$1 $2" in
    "job run") touch "$FOLDER/started" ;;
    "job allocs") if [ -e "$FOLDER/started" ]; then ${later(2, `echo '${allocations("running")}'`, `echo '${allocations(end)}'`)}
      else echo '${allocations(before)}'; fi ;;
  esac`;

  test("exits 75 if an upgrade is already running, and does not stop it", async () => {
    const { code, calls, stderr } = await runScript("nomad/deploy.sh", ["2.4.0"], {
      nomad: nomad("complete", "running"),
    });
    assert.equal(code, 75);
    assert.match(stderr, /an upgrade is already running/);
    assert.ok(!calls.some((call) => call.startsWith("nomad job run")));
  });

  test("gives up with 75 on an upgrade that never ends", async () => {
    const tools = { nomad: nomad("pending") };
    const { code, calls, stderr } = await runScript("nomad/deploy.sh", ["2.4.0"], tools, { TIMEOUT_SECONDS: "0" });
    assert.equal(code, 75);
    assert.match(stderr, /after 0 s: nothing was rolled out/);
    assert.ok(!calls.some((call) => call.includes("shop.nomad.hcl")));
  });

  test("rolls out when the batch job has completed", async () => {
    const { code, calls, stderr } = await runScript("nomad/deploy.sh", ["2.4.0"], { nomad: nomad("complete") });
    assert.equal(code, 0, stderr);
    assert.equal(calls[1], "nomad job run -var version=2.4.0 upgrade.nomad.hcl");
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
