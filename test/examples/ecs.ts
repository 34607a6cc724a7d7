import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

export interface EcsScenario {
  /** The exit code of the upgrade's container. Undefined if it never ran. */
  readonly exitCode?: number;
  /** Why the task cannot be placed. */
  readonly failure?: string;
  /** The result of the service's deployment. */
  readonly rollout?: "COMPLETED" | "FAILED" | "GONE";
}

interface Request {
  readonly action: string;
  readonly body: unknown;
}

/** A fake ECS with the calls that a deployment makes. It plays the scenario and records the requests. */
export async function startEcs(scenario: EcsScenario) {
  const requests: Request[] = [];
  let definition = "";
  const count = (action: string) => requests.filter((request) => request.action === action).length;
  const arn = (name: string) => `arn:aws:ecs:eu-central-1:123456789012:${name}`;

  const answers: Readonly<Record<string, (body: unknown) => object>> = {
    RegisterTaskDefinition(body) {
      const { family } = body as { readonly family: string };
      definition = arn(`task-definition/${family}:7`);
      return { taskDefinition: { taskDefinitionArn: definition } };
    },
    RunTask: () =>
      scenario.failure === undefined
        ? { tasks: [{ taskArn: arn("task/production/1") }], failures: [] }
        : { tasks: [], failures: [{ reason: scenario.failure }] },
    DescribeTasks() {
      const stopped = count("DescribeTasks") > 1;
      const ended = scenario.exitCode === undefined ? {} : { exitCode: scenario.exitCode };
      return {
        tasks: [
          {
            lastStatus: stopped ? "STOPPED" : "RUNNING",
            containers: [{ name: "upgrade", ...(stopped && ended) }],
            ...(stopped && { stoppedReason: "Essential container in task exited" }),
          },
        ],
      };
    },
    UpdateService: () => ({ service: { serviceArn: arn("service/production/shop") } }),
    DescribeServices() {
      const state = count("DescribeServices") > 1 ? scenario.rollout : "IN_PROGRESS";
      const old = { taskDefinition: arn("task-definition/shop:6"), rolloutState: "COMPLETED" };
      const current = { taskDefinition: definition, rolloutState: state };
      return { services: [{ deployments: state === "GONE" ? [old] : [current, old] }] };
    },
  };

  const server = createServer((request, response) => {
    void json(request).then((body) => {
      const action = String(request.headers["x-amz-target"]).split(".").at(-1) ?? "";
      requests.push({ action, body });
      const answer = answers[action]?.(body);
      response.writeHead(answer === undefined ? 400 : 200, { "content-type": "application/x-amz-json-1.1" });
      response.end(JSON.stringify(answer ?? { __type: "InvalidAction" }));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
