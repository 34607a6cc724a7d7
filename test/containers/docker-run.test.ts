import assert from "node:assert/strict";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { docker, tryOnHost, withoutEngine } from "../harness/engine/docker.ts";
import { openEngine, type Engine } from "../harness/engine/engine.ts";
import { freePort } from "../harness/postgres.ts";
import { scratchPath } from "../harness/scratch.ts";
import { waitFor } from "../harness/wait.ts";
import { buildShop, examples } from "./shop.ts";

/** Like the official nginx image, but from Debian's packages. */
const nginx = `FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends nginx-light && rm -rf /var/lib/apt/lists/*
RUN rm /etc/nginx/sites-enabled/default
CMD ["nginx", "-g", "daemon off;"]
`;

suite("examples/docker-run on a real engine", { skip: withoutEngine }, () => {
  const folder = scratchPath("docker-run");
  const opened = new AsyncDisposableStack();
  let engine: Engine;
  let app: string;
  let url: string;

  before(async () => {
    engine = opened.adopt(await openEngine(), ({ end }) => end());
    const shop = await buildShop(engine, ["1.0.0", "2.0.0", "4.0.0"]);
    for (const version of ["1.0.0", "2.0.0", "4.0.0"] as const) {
      const name = `${engine.nameOf("release")}:${version}`;
      await docker(["tag", shop.release(version), name]);
      opened.defer(async () => void (await docker(["rmi", "--force", name])));
    }
    app = await engine.network("shop");
    opened.defer(async () => {
      const left = await docker(["ps", "--all", "--quiet", `--filter=label=app=${app}`]);
      if (left.trim() !== "") await docker(["rm", "--force", ...left.trim().split("\n")]);
    });
    const flags = ["--network", app, "--network-alias", "db"];
    const settings = ["POSTGRES_USER=shop", "POSTGRES_DB=shop", "POSTGRES_PASSWORD=secret"];
    await engine.start(shop.postgres, [...flags, ...settings.flatMap((one) => ["--env", one])]);

    const port = await freePort();
    url = `http://127.0.0.1:${port}/products/5`;
    const proxy = await engine.buildFiles("nginx", { Dockerfile: nginx });
    const published = ["--network", app, "--publish", `127.0.0.1:${port}:80`, "--name", engine.nameOf("proxy")];
    await engine.start(proxy, published);

    cpSync(join(examples, "docker-run"), folder, { recursive: true });
    const conf = join(folder, "proxy.conf");
    writeFileSync(conf, readFileSync(conf, "utf8").replace(":8080", ":8000"));
    writeFileSync(join(folder, "shop.env"), "DATABASE_PASSWORD=secret\n");
    writeFileSync(join(folder, "upgrade.env"), "SEAWORTHY_UPGRADE_URL=postgres://shop:secret@db/shop\n");
  });
  after(() => opened.disposeAsync());

  const deploy = (version: string) =>
    tryOnHost(["./deploy.sh", version], {
      workingDirectory: folder,
      environment: { IMAGE: engine.nameOf("release"), APP: app, PROXY: engine.nameOf("proxy") },
    });
  const ask = async () => {
    const response = await fetch(url, { headers: { connection: "close" } });
    const text = await response.text();
    return response.status === 200 ? (JSON.parse(text) as { readonly release: string }).release : `${response.status}`;
  };

  test("the first release is deployed to an empty database", async () => {
    const { code, stdout, stderr } = await deploy("1.0.0");
    assert.equal(code, 0, stdout + stderr);
    assert.equal(await ask(), "1.0.0");
  });

  test("release 2 replaces release 1 without a failed request", async (t) => {
    const answers: string[] = [];
    const ended = new AbortController();
    const askOnAndOn = async () => {
      while (!ended.signal.aborted) answers.push(await ask().catch(String));
    };
    const load = askOnAndOn();
    await waitFor("the first answers", () => answers.length > 10);
    const { code, stdout, stderr } = await deploy("2.0.0");
    await waitFor("an answer of release 2", () => answers.at(-1) === "2.0.0");
    ended.abort();
    await load;
    t.diagnostic(`${answers.length} requests during the deployment`);
    assert.equal(code, 0, stdout + stderr);
    assert.deepEqual([...new Set(answers)], ["1.0.0", "2.0.0"], answers.filter((one) => !/^\d\.0/.test(one)).join(" "));
    const left = await docker(["ps", "--all", "--format={{.Names}}", `--filter=label=app=${app}`]);
    assert.equal(left.trim(), `${app}-2.0.0`);
  });

  test("a failed upgrade ends the script, and release 2 keeps serving", async () => {
    const { code, stdout, stderr } = await deploy("4.0.0");
    assert.equal(code, 1, stdout + stderr);
    assert.match(stdout + stderr, /cannot apply migration 0005_unique_names/);
    assert.equal(await ask(), "2.0.0");
  });
});
