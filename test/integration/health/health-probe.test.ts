import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import { after, describe, test } from "node:test";
import { waitForAnswer } from "../../harness/endpoint.ts";
import { configuration, type ImageFiles } from "../../harness/image.ts";
import { openSuite } from "../../harness/leaks.ts";
import { freePort } from "../../harness/postgres.ts";
import { runProgram, startProgram } from "../../harness/program.ts";
import { shopImage } from "../upgrade/upgrading.ts";
import { parseHealthJson } from "./health-json.ts";
import { startApp, stop, upgrade, withoutListen } from "./start-app.ts";

const suite = openSuite();
after(() => suite.end());

// In parallel: seaworthy looks at a compatible database only every ten seconds.
describe("health", { concurrency: 3 }, () => {
  describe("--health", { concurrency: 4 }, () => {
    /** The output of a HEALTHCHECK. Amazon ECS treats any output on stderr as a failure. */
    async function probe(environment: Readonly<Record<string, string>>, files: ImageFiles = {}) {
      const { folder } = suite.image(files);
      const { code, stdout, stderr } = await runProgram(["--health"], { workingDirectory: folder, environment });
      assert.equal(stderr, "");
      return { code, stdout };
    }
    const listenOf = (url: string) => ({ SEAWORTHY_HEALTH_LISTEN: url.replace("http://", "") });

    test("exits 0 while healthy and 1 while not, with the body on stdout", async () => {
      const database = await suite.database();
      const files = shopImage(database.url, "1.0.0", { "1_a": "SELECT 1;" });
      const { program, url } = await startApp(suite, files);
      await waitForAnswer(`${url}/health`, 503, "behind");
      const unhealthy = await probe(listenOf(url));
      assert.equal(unhealthy.code, 1);
      assert.match(unhealthy.stdout, /1 migration is not applied: 1_a\. Run this image once with --upgrade\./);
      await upgrade(suite, files);
      await waitForAnswer(`${url}/health`, 200);
      const healthy = await probe(listenOf(url));
      assert.equal(healthy.code, 0);
      assert.equal(parseHealthJson(healthy.stdout).status, "pass");
      await stop(program);
    });

    for (const [name, filesFor] of Object.entries<(listen: string) => ImageFiles>({
      "the configuration": (listen) => configuration({ health: { listen } }),
      ".env": (listen) => ({ ".env": `SEAWORTHY_HEALTH_LISTEN=${listen}\n` }),
      "the configuration, which also warns": (listen) =>
        configuration({ health: { listen }, log: { level: "debug" }, upgrade: { url: "${UNSET}" } }),
    })) {
      test(`finds the address in the same place as run mode: ${name}`, async () => {
        const listen = `127.0.0.1:${await freePort()}`;
        const { folder } = suite.image(filesFor(listen));
        const environment = { ...withoutListen, SEAWORTHY_TYPO: "1" };
        const program = startProgram(["sleep", "1000"], { workingDirectory: folder, environment });
        await waitForAnswer(`http://${listen}/health`, 200);
        const { code, stderr } = await runProgram(["--health"], { workingDirectory: folder, environment });
        assert.deepEqual([code, stderr], [0, ""]);
        await stop(program);
        // Control: the warning is written if stderr is for people.
        assert.match(program.stderr(), /seaworthy ignores SEAWORTHY_TYPO/);
      });
    }

    test("exits 1 with a reason for an unreadable configuration", async () => {
      const { code, stdout } = await probe(withoutListen, configuration({ health: { listen: "${UNSET}" } }));
      assert.equal(code, 1);
      assert.match(stdout, /health\.listen: needs the environment variable UNSET/);
    });

    test("exits 1 with a reason if nothing listens", async () => {
      const { code, stdout } = await probe({ SEAWORTHY_HEALTH_LISTEN: `127.0.0.1:${await freePort()}` });
      assert.equal(code, 1);
      assert.match(stdout, /nothing is listening there\. Is seaworthy running the container\?/);
    });

    test("exits 1 with a reason if the supervisor is frozen", async () => {
      const { program, url } = await startApp(suite, {});
      await waitForAnswer(`${url}/health`, 200);
      await program.signal("SIGSTOP");
      const { code, stdout } = await probe(listenOf(url));
      assert.equal(code, 1);
      assert.match(stdout, /timed out after 2500 ms/);
      await program.signal("SIGCONT");
      await stop(program);
    });

    test("exits 1 with a reason if another server answers", async () => {
      const other = createTcpServer((socket) => socket.end("220 mail.example ESMTP\r\n")).listen(0, "127.0.0.1");
      await once(other, "listening");
      const { code, stdout } = await probe({
        SEAWORTHY_HEALTH_LISTEN: `127.0.0.1:${(other.address() as AddressInfo).port}`,
      });
      assert.equal(code, 1);
      assert.match(stdout, /the answer is not HTTP/);
      other.close();
    });

    for (const [name, listen] of Object.entries({
      "no address": "garbage",
      "a port beyond the last": "127.0.0.1:99999",
      "port 0": "127.0.0.1:0",
    })) {
      test(`exits 1 with a reason for ${name}`, async () => {
        const { code, stdout } = await probe({ SEAWORTHY_HEALTH_LISTEN: listen });
        assert.equal(code, 1);
        assert.match(stdout, /cannot ask for health at .*: set health\.listen/);
      });
    }
  });
});
