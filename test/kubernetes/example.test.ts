import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { load } from "js-yaml";
import { copyExample } from "./example.ts";

interface Filled {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly progressDeadlineSeconds?: number;
    readonly parallelism?: number;
    readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
  };
}

const read = (folder: string, name: string) => load(readFileSync(join(folder, name), "utf8")) as Filled;
const imageIn = (manifest: Filled) => manifest.spec.template.spec.containers[0]?.image;

suite("a copy of the Kubernetes example", () => {
  const example = copyExample("127.0.0.1:1/test/shop");

  test("has the image, and the version that deploy.sh replaces", () => {
    for (const name of ["deployment.yaml", "upgrade-job.yaml"])
      assert.equal(imageIn(read(example.folder, name)), "127.0.0.1:1/test/shop:2.3.0");
  });

  test("is filled in for a version", () => {
    const folder = example.fillIn("4.0.0", { "progressDeadlineSeconds: 3600": "progressDeadlineSeconds: 30" });
    const job = read(folder, "upgrade-job.yaml");
    assert.equal(job.metadata.name, "shop-upgrade-4-0-0");
    assert.equal(imageIn(job), "127.0.0.1:1/test/shop:4.0.0");
    const deployment = read(folder, "deployment.yaml");
    assert.equal(imageIn(deployment), "127.0.0.1:1/test/shop:4.0.0");
    assert.equal(deployment.spec.progressDeadlineSeconds, 30);
    assert.equal(read(example.folder, "deployment.yaml").spec.progressDeadlineSeconds, 3600);
  });

  test("has every text that the scenarios replace", () => {
    example.fillIn("2.0.0", { "backoffLimit: 3": "backoffLimit: 3\n  parallelism: 4\n  completions: 4" });
    example.fillIn("3.0.0", { "args: [--upgrade]": "args: [--upgrade, --wait-for-drain, 5m]" });
    example.fillIn("2.0.0", { "value: /etc/seaworthy/seaworthy.yaml": "value: /app/naive.yaml" });
    assert.throws(() => example.fillIn("2.0.0", { "no such text": "" }), /examples\/kubernetes has no "no such text"/);
  });
});
