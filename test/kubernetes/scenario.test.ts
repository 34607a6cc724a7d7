import assert from "node:assert/strict";
import { mock, suite, test } from "node:test";
import type { Home } from "./home.ts";
import { pickScenarios, runScenarios, summarise, type Scenario } from "./scenario.ts";

/** A namespace that records what happens to it. */
function createFake() {
  const events: string[] = [];
  const kubectl = {
    attempt: async (parameters: readonly string[]) => {
      events.push(`kubectl ${parameters.join(" ")}`);
      const stdout = parameters.join(" ") === "get pods --output=name" ? "pod/one\n" : "";
      return { code: 0, stdout, stderr: "" };
    },
  };
  const home = { namespace: "fake", kubectl, remove: async () => void events.push("remove") } as unknown as Home;
  const stage = {
    open: async () => {
      events.push("open");
      return home;
    },
    settle: async (_home: Home, release: string) => void events.push(`settle ${release}`),
  };
  return { events, stage };
}

const scenario = (name: string, run: Scenario["run"] = async () => {}, start?: Scenario["start"]): Scenario => ({
  name,
  promise: "it holds",
  run,
  ...(start !== undefined && { start }),
});

const fail = async () => {
  throw new Error("a request failed\nmore");
};

for (const method of ["log", "error"] as const) mock.method(console, method, () => {});

suite("the scenarios' runner", () => {
  test("gives each scenario a namespace with its first release, and removes it", async () => {
    const { events, stage } = createFake();
    const outcomes = await runScenarios([scenario("one"), scenario("two", async () => {}, "3.0.0")], stage);
    assert.deepEqual(events, ["open", "settle 1.0.0", "remove", "open", "settle 3.0.0", "remove"]);
    assert.ok(outcomes.every(({ failure }) => failure === undefined));
    assert.match(summarise(outcomes), /^✔ one \(\d+ s\)\n✔ two \(\d+ s\)\n2 scenarios, 0 failed$/);
  });

  test("after a failure it shows evidence before it removes the namespace, and goes on", async () => {
    const { events, stage } = createFake();
    const outcomes = await runScenarios([scenario("one", fail), scenario("two")], stage);
    assert.ok(events.indexOf("remove") > events.indexOf("kubectl describe jobs,deployments,pods"));
    assert.ok(events.some((event) => event.startsWith("kubectl get events")));
    assert.ok(events.some((event) => event.startsWith("kubectl logs pod/one --all-containers")));
    assert.equal(events.filter((event) => event === "remove").length, 2);
    assert.match(summarise(outcomes), /^✖ one \(\d+ s\): Error: a request failed\n✔ two .*\n2 scenarios, 1 failed$/);
  });

  test("counts a release that cannot be deployed, and a namespace that cannot be made, as failures", async () => {
    const { stage } = createFake();
    for (const broken of [
      { ...stage, settle: fail },
      { ...stage, open: fail },
    ]) {
      const [outcome] = await runScenarios([scenario("one")], broken);
      assert.match(outcome?.failure ?? "", /a request failed/);
    }
  });

  test("picks scenarios by name, and refuses unknown names", () => {
    const all = [scenario("one"), scenario("two")];
    assert.deepEqual(pickScenarios(all, []), all);
    assert.deepEqual(pickScenarios(all, ["two"]), [all[1]]);
    assert.throws(() => pickScenarios(all, ["three"]), /unknown scenario: three\. Allowed: one, two/);
  });
});
