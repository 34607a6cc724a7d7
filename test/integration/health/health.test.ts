import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { ask, waitForAnswer } from "../../harness/endpoint.ts";
import { configuration } from "../../harness/image.ts";
import { openSuite } from "../../harness/leaks.ts";
import { runProgram, startProgram } from "../../harness/program.ts";
import { shopImage } from "../upgrade/upgrading.ts";
import { parseHealthJson } from "./health-json.ts";
import { startApp, stop, upgrade, withoutListen } from "./start-app.ts";

const suite = openSuite();
after(() => suite.end());

// In parallel: seaworthy looks at a compatible database only every ten seconds.
describe("health", { concurrency: 3 }, () => {
  describe("the endpoint", { concurrency: 4 }, () => {
    test("its paths, methods and headers", async () => {
      const database = await suite.database();
      const files = shopImage(database.url, "1.0.0", { "1_a": "SELECT 1;" });
      await upgrade(suite, files);
      const { program, url } = await startApp(suite, files);
      await waitForAnswer(`${url}/health`, 200);
      for (const path of ["/health", "/healthz", "/readyz", "/health/schema", "/livez", "/health?verbose=1"]) {
        const { status, headers, text } = await ask(url + path);
        assert.equal(status, 200, path);
        assert.equal(headers.get("content-type"), "application/health+json");
        assert.match(headers.get("cache-control") ?? "", /no-store|max-age=0/);
        assert.equal(parseHealthJson(text).status, "pass");
        const head = await ask(url + path, { method: "HEAD" });
        assert.deepEqual([head.status, head.text], [200, ""]);
        assert.equal(head.headers.get("content-length"), String(Buffer.byteLength(text)));
        const post = await ask(url + path, { method: "POST" });
        assert.deepEqual([post.status, post.headers.get("allow")], [405, "GET, HEAD"]);
      }
      const missing = await ask(`${url}/health/nobody`);
      assert.equal(missing.status, 404);
      assert.match(missing.text, /Known: schema/);
      const nowhere = await ask(`${url}/nowhere`);
      assert.equal(nowhere.status, 404);
      assert.match(nowhere.text, /\/readyz/);
      await stop(program);
      // Control: this program gave the answers.
      await assert.rejects(ask(`${url}/livez`));
    });

    test("health: false serves no endpoint, and --health reports that", async () => {
      const { folder } = suite.image(configuration({ health: false }));
      const options = { workingDirectory: folder, environment: { ...withoutListen, SEAWORTHY_LOG_LEVEL: "debug" } };
      const program = startProgram(["sh", "-c", "echo started; exec sleep 1000"], options);
      await program.waitForOutput("started");
      const { code, stdout, stderr } = await runProgram(["--health"], options);
      assert.deepEqual([code, stdout, stderr], [1, "health is off: `health: false` in the configuration\n", ""]);
      await stop(program);
      assert.doesNotMatch(program.stderr(), /serving health/);
    });

    test("every dependency has a check, and the worst decides", async () => {
      const database = await suite.database();
      const files = shopImage(database.url, "1.0.0", { "1_a": "SELECT 1;" });
      await upgrade(suite, files);
      const dependencies = {
        good: { kind: "schema", url: database.url },
        bad: { kind: "release", url: database.url, requires: ">=2" },
      };
      const { program, url } = await startApp(suite, {
        ...files,
        ...configuration({ app: { name: "shop" }, dependencies }),
      });
      const { text } = await waitForAnswer(`${url}/health`, 503, "behind");
      await waitForAnswer(`${url}/health/good`, 200);
      await waitForAnswer(`${url}/health/bad`, 503);
      assert.match(text, /bad is behind/);
      assert.equal((await ask(`${url}/livez`)).status, 200);
      await stop(program);
    });
  });
});
