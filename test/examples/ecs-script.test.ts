import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { suite, test } from "node:test";
import { lacking } from "../harness/services.ts";
import { startEcs, type EcsScenario } from "./ecs.ts";
import { filesLike } from "./files.ts";
import { runScript } from "./run-script.ts";

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
