import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { parse as parseHcl } from "@cdktn/hcl2json";
import { parse as parseToml } from "smol-toml";
import { splitArguments } from "../../src/cli/command.ts";
import { parseCommand } from "../../src/cli/parse.ts";
import { createAnswerer } from "../../src/health/routes.ts";
import { fileAt, files, filesLike, manifests, type Container } from "./files.ts";

/** Whether the real endpoint has this path. */
function isRoute(path: string): boolean {
  const view = {
    app: { name: "shop" },
    phase: "run",
    status: "pass",
    started: true,
    checks: [],
    processes: [],
    units: [],
    upgrades: 0,
    notes: [],
  } as const;
  return createAnswerer()({ method: "GET", target: path, detailed: true }, view).status !== 404;
}

async function assertUpgrade(argv: readonly string[]): Promise<void> {
  assert.equal((await parseCommand(argv, "1.0.0")).mode, "upgrade", argv.join(" "));
}

test("control: an unknown path is detected", () => {
  assert.ok(isRoute("/readyz"));
  assert.ok(!isRoute("/ready"));
});

test("every health path in the examples exists", () => {
  let seen = 0;
  for (const { path, text } of files) {
    for (const [, route = ""] of text.matchAll(/\bpath"?\s*[:=]\s*"?(\/[a-z]+z)\b/g)) {
      seen++;
      assert.ok(isRoute(route), `${path}: ${route}`);
    }
  }
  assert.ok(seen >= 8, String(seen));
});

suite("Kubernetes and Helm", () => {
  const containers = manifests.flatMap(({ path, manifest }) => {
    const pod = manifest.spec?.template?.spec;
    return (pod?.containers ?? []).map((container) => ({ path, manifest, pod, container }));
  });
  const configuration = manifests.find(({ manifest }) => manifest.kind === "ConfigMap")?.manifest.data?.[
    "seaworthy.yaml"
  ];
  const isUpgrade = ({ args }: Container) => args?.includes("--upgrade") === true;

  for (const { path, manifest, pod, container } of containers) {
    if (isUpgrade(container)) {
      test(`${path}: the Job runs --upgrade once and has no probe`, async () => {
        assert.equal(manifest.kind, "Job");
        await assertUpgrade(container.args ?? []);
        assert.equal(container.readinessProbe ?? container.livenessProbe ?? container.startupProbe, undefined);
      });
      continue;
    }
    test(`${path}: only the readiness probe depends on dependencies, not the probes that kill`, () => {
      const { readinessProbe, livenessProbe, startupProbe } = container;
      assert.equal(readinessProbe?.httpGet.path, "/readyz");
      assert.equal(livenessProbe?.httpGet.path, "/livez");
      assert.equal(startupProbe?.httpGet.path, "/livez");
      for (const probe of [readinessProbe, livenessProbe, startupProbe]) {
        assert.ok(isRoute(probe?.httpGet.path ?? ""));
        const port = container.ports?.find(({ name }) => name === probe?.httpGet.port)?.containerPort;
        const listen = container.env?.find(({ name }) => name === "SEAWORTHY_HEALTH_LISTEN")?.value;
        const asked = listen ?? /listen: "(.*?)"/.exec(configuration ?? "")?.[1];
        assert.equal(`0.0.0.0:${port}`, asked);
      }
      assert.ok((pod?.terminationGracePeriodSeconds ?? 0) > 5 + 2 * 20);
      // The default timeout of 1 s fails on a busy node.
      for (const probe of [readinessProbe, livenessProbe, startupProbe]) assert.equal(probe?.timeoutSeconds, 3);
      const { periodSeconds = 0, failureThreshold = 0 } = readinessProbe ?? {};
      assert.ok(periodSeconds * failureThreshold > 5, "a draining Pod loses its address");
    });
  }

  for (const { path, pod, container } of containers) {
    test(`${path}: PodSecurity restricted accepts it`, () => {
      assert.equal(pod?.securityContext?.seccompProfile?.type, "RuntimeDefault");
      assert.equal(pod?.securityContext?.runAsNonRoot, true);
      assert.equal(container.securityContext?.allowPrivilegeEscalation, false);
      assert.deepEqual(container.securityContext?.capabilities?.drop, ["ALL"]);
    });
  }

  test("both limit the Job, and have a PodDisruptionBudget", () => {
    const jobs = manifests.filter(({ manifest }) => manifest.kind === "Job");
    for (const { path, manifest } of jobs) assert.ok((manifest.spec?.activeDeadlineSeconds ?? 0) > 0, path);
    assert.equal(jobs.length, 2);
    assert.equal(manifests.filter(({ manifest }) => manifest.kind === "PodDisruptionBudget").length, 2);
  });

  test("a seaworthy.yaml in the image cannot win over the ConfigMap", () => {
    const mounted = containers.filter(({ path }) => path.startsWith("kubernetes/"));
    for (const { path, container } of mounted) {
      const named = container.env?.find(({ name }) => name === "SEAWORTHY_CONFIG")?.value;
      assert.equal(named, "/etc/seaworthy/seaworthy.yaml", path);
    }
  });

  test("both have a Job and a Deployment", () => {
    for (const folder of ["kubernetes/", "helm/"]) {
      const there = containers
        .filter(({ path }) => path.startsWith(folder))
        .map(({ container }) => isUpgrade(container));
      assert.equal(there.filter((upgrade) => upgrade).length, 1, folder);
      assert.equal(there.length, 2, folder);
    }
  });
});

interface NomadTask {
  readonly config: readonly { readonly args?: readonly string[] }[];
  readonly env: readonly Readonly<Record<string, string>>[];
}
interface NomadGroup {
  readonly network?: readonly { readonly port: Readonly<Record<string, readonly { readonly to: number }[]>> }[];
  readonly service?: readonly {
    readonly check: readonly { readonly path: string; readonly port: string; readonly check_restart?: unknown }[];
  }[];
  readonly task: Readonly<Record<string, readonly NomadTask[]>>;
}
interface NomadJob {
  readonly type: string;
  readonly group: Readonly<Record<string, readonly NomadGroup[]>>;
}

async function readNomad(path: string, text: string): Promise<NomadJob> {
  const { job } = (await parseHcl(path, text)) as { readonly job: Readonly<Record<string, readonly NomadJob[]>> };
  const [only] = Object.values(job)[0] ?? [];
  if (only === undefined) throw new Error(`${path} has no job`);
  return only;
}

test("every orchestrator's example says when the app is ready", () => {
  for (const path of [
    "kubernetes/configmap.yaml",
    "helm/shop/templates/deployment.yaml",
    "nomad/shop.nomad.hcl",
    "ecs/service.json",
    "fly/fly.toml",
    "docker-run/README.md",
    "shop/seaworthy.yaml",
  ])
    assert.match(fileAt(path).text, /SEAWORTHY_APP_READY_HTTP|ready: \{ http: /, path);
});

test("details are not for everybody where health listens on every address", () => {
  const open = files.filter(({ path, text }) => !path.endsWith(".md") && text.includes("0.0.0.0:7979"));
  assert.ok(open.length >= 4);
  for (const { path, text } of open) assert.match(text, /details: loopback|HEALTH_DETAILS.*loopback/, path);
});

suite("Nomad", () => {
  const groupOf = ({ group }: NomadJob) => Object.values(group)[0]?.[0];
  const taskOf = (job: NomadJob) => Object.values(groupOf(job)?.task ?? {})[0]?.[0];

  test("every job can be parsed, and a broken one cannot", async () => {
    const all = filesLike(/\.nomad\.hcl$/);
    assert.equal(all.length, 2);
    for (const { path, text } of all) {
      await readNomad(path, text);
      await assert.rejects(readNomad(path, text.replace("{", "")));
    }
  });

  test("the service's check uses the readiness path and the health port", async () => {
    const job = await readNomad("shop.nomad.hcl", fileAt("nomad/shop.nomad.hcl").text);
    const group = groupOf(job);
    const [check] = group?.service?.[0]?.check ?? [];
    assert.equal(check?.path, "/readyz");
    assert.equal(check?.check_restart, undefined);
    const port = group?.network?.[0]?.port[check?.port ?? ""]?.[0]?.to;
    assert.equal(taskOf(job)?.env[0]?.["SEAWORTHY_HEALTH_LISTEN"], `0.0.0.0:${port}`);
  });

  test("the upgrade is a batch job", async () => {
    const job = await readNomad("upgrade.nomad.hcl", fileAt("nomad/upgrade.nomad.hcl").text);
    assert.equal(job.type, "batch");
    await assertUpgrade(taskOf(job)?.config[0]?.args ?? []);
  });
});

test("Fly: the release command is the upgrade, and the check uses the health port", async () => {
  const settings = parseToml(fileAt("fly/fly.toml").text) as unknown as {
    readonly env: Readonly<Record<string, string>>;
    readonly deploy: { readonly release_command: string };
    readonly checks: { readonly seaworthy: { readonly path: string; readonly port: number } };
  };
  await assertUpgrade(settings.deploy.release_command.split(" "));
  const { path, port } = settings.checks.seaworthy;
  assert.equal(path, "/readyz");
  assert.equal(settings.env["SEAWORTHY_HEALTH_LISTEN"], `0.0.0.0:${port}`);
});

test("every flag for an image or for seaworthy in the examples exists", async () => {
  // Flags can follow an image, or the `--` of another tool, or be in JSON and YAML lists.
  const places = [
    /(?:\bshop:[\w.$:{}-]+"?|\$image"|\$\{\{ github\.sha \}\}"|:deployed"|\bseaworthy"?,?|IMAGE|\s--) ["]?(--[a-z][^\s"'`\])]*(?: --[a-z]\S*)*)/g,
    /(?:args|command|release_command)"?\s*[:=]\s*\[?"?(--[a-z-]+)/g,
  ];
  const seen: string[] = [];
  for (const { path, text } of files) {
    // `docker build -t IMAGE --build-arg …` runs no image, and `npm start -- …` is the story.
    const runs = text.replaceAll(/^.*\b(docker build|npm start)\b.*$/gm, "");
    for (const place of places) {
      for (const [, words = ""] of runs.matchAll(place)) {
        const argv = splitArguments(words.replaceAll(/[",]/g, "").split(" ")).own;
        seen.push(...argv);
        await assert.doesNotReject(parseCommand(argv, "1.0.0"), `${path}: ${words}`);
      }
    }
  }
  assert.ok(seen.length >= 20, seen.join(" "));
  for (const flag of ["--upgrade", "--health", "--plan", "--strict"]) assert.ok(seen.includes(flag), flag);
  await assert.rejects(parseCommand(["--upgarde"], "1.0.0"));
});
