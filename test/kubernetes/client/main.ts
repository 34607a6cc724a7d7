import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { startClients, type Clients } from "./clients.ts";
import { watchReady } from "./endpoints.ts";

/**
 * What the Pod of the load clients runs. `/begun` says whether every client has had a right answer, `/tallies` shows the
 * answers so far, and `/stop` ends the load and shows all answers.
 */
const account = "/var/run/secrets/kubernetes.io/serviceaccount";
const read = (name: string) => readFileSync(`${account}/${name}`, "utf8").trim();
const variable = (name: string) => {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
};

const host = variable("KUBERNETES_SERVICE_HOST");
const origin = `https://${host.includes(":") ? `[${host}]` : host}:${variable("KUBERNETES_SERVICE_PORT")}`;
const ready = watchReady({ origin, token: read("token"), authority: read("ca.crt") }, read("namespace"), "shop");
let clients: Clients | undefined;

const begin = setInterval(() => {
  // Without an address, the first requests could only fail.
  if (ready.now().length === 0) return;
  clearInterval(begin);
  clients = startClients({
    service: variable("SERVICE"),
    ready: ready.now,
    releases: variable("RELEASES").split(","),
  });
}, 50);

createServer((asked, answer) => {
  const respond = (status: number, body: unknown) => {
    answer.writeHead(status, { "content-type": "application/json" });
    answer.end(JSON.stringify(body));
  };
  const tallies = clients?.tallies();
  if (clients === undefined || tallies === undefined) return respond(503, "no Pod is ready yet");
  if (asked.url === "/tallies") return respond(200, tallies);
  if (asked.url === "/begun") {
    const begun = Object.values(tallies).every(({ releases }) => Object.keys(releases).length > 0);
    return respond(begun ? 200 : 503, tallies);
  }
  if (asked.url !== "/stop") return respond(404, "unknown");
  clients.stop().then(
    (all) => respond(200, all),
    (error: unknown) => respond(500, String(error)),
  );
}).listen(9000);
