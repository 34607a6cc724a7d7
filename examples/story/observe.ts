import { askUntil, get, type Answer } from "./ask.ts";
import { getHealth, type Health } from "./health.ts";
import type { Image } from "./images.ts";
import { endOf } from "./instance.ts";
import type { Stage } from "./stage.ts";

/** A request and its answer. */
export interface Seen {
  readonly asked: string;
  readonly answered: string;
  /** More of the answer, as lines. */
  readonly notes?: readonly string[];
  /** Only set if the answer is wrong. Then the step and the story have failed. */
  readonly expected?: string;
}

/** Runs `--upgrade` to its end. Its output must mention the hooks and each migration. */
export async function seeUpgrade(
  stage: Stage,
  image: Image,
  migrations: readonly string[],
  onLine: (line: string) => void,
): Promise<Seen> {
  const upgrade = await stage.start(image, ["--upgrade"], onLine);
  const answered = await endOf(upgrade, stage.signal);
  const wanted = ["a backup", ...migrations.map((name) => `applied ${name}`), "caches"];
  const missing = wanted.filter((text) => !upgrade.lines.some((line) => line.includes(text)));
  const expected = missing.length === 0 ? "exit 0" : `exit 0, and output that mentions: ${missing.join(", ")}`;
  return judge({ asked: `${image} --upgrade`, answered }, answered === "exit 0" && missing.length === 0, expected);
}

/** Waits until the running instance's health check answers with this status. The instance may still be starting. */
export async function seeHealth(stage: Stage, image: Image, status: number): Promise<Seen> {
  const health = await healthOnce(stage, image, (answer) => answer.status === status);
  return judge(describeHealth(image, health), health?.status === status, String(status));
}

/** Waits for a 503 that names exactly these migrations and the command that applies them. */
export async function seePending(stage: Stage, image: Image, migrations: readonly string[]): Promise<Seen> {
  const complete = ({ status, pending, reasons }: Health) =>
    status === 503 &&
    pending.join() === migrations.join() &&
    reasons.some((line) => [...migrations, "--upgrade"].every((text) => line.includes(text)));
  const health = await healthOnce(stage, image, complete);
  const expected = `503, naming ${migrations.join(", ")} and --upgrade`;
  return judge(describeHealth(image, health), health !== undefined && complete(health), expected);
}

export interface Turn {
  /** The performance.now() of the upgrade's end. */
  readonly since: number;
  readonly atMostMs: number;
  readonly notes: readonly string[];
}

/** Waits for a 200 after an upgrade. */
export async function seeHealthTurn(stage: Stage, image: Image, turn: Turn): Promise<Seen> {
  const { since, atMostMs, notes } = turn;
  const health = await healthOnce(stage, image, ({ status }) => status === 200);
  const milliseconds = Math.round(performance.now() - since);
  const seen = describeHealth(image, health);
  const answered = `${seen.answered}, ${milliseconds} ms after the upgrade's end`;
  const good = health?.status === 200 && milliseconds <= atMostMs;
  return judge(
    { ...seen, answered, notes: [...(seen.notes ?? []), ...notes] },
    good,
    `200 at most ${atMostMs} ms after it`,
  );
}

function healthOnce(stage: Stage, image: Image, isGood: (health: Health) => boolean): Promise<Health | undefined> {
  const { healthUrl } = stage.last(image);
  return askUntil(
    () => getHealth(healthUrl, stage.signal),
    (answer) => answer !== undefined && isGood(answer),
  );
}

function describeHealth(image: Image, health: Health | undefined): Seen {
  const asked = `GET ${image} /health`;
  return health === undefined
    ? { asked, answered: "no answer" }
    : { asked, answered: String(health.status), notes: health.reasons };
}

/** Asks the app itself, not its health check. */
export async function seeApp(
  stage: Stage,
  image: Image,
  status: number,
  text: string | RegExp,
  note?: string,
): Promise<Seen> {
  const { appUrl } = stage.last(image);
  const matches = (body: string) => (typeof text === "string" ? body === text : text.test(body));
  const isGood = (answer: Answer | undefined) => answer?.status === status && matches(answer.body.trim());
  const answer = await askUntil(() => get(appUrl, stage.signal), isGood);
  const answered = answer === undefined ? "no answer" : `${answer.status} ${answer.body.trim()}`;
  const seen = { asked: `GET ${image} /products`, answered, ...(note !== undefined && { notes: [note] }) };
  return judge(seen, isGood(answer), `${status} ${text}`);
}

/** Looks at the dependencies now. The health check's last look may be seconds old. */
export async function seeStatus(stage: Stage, image: Image): Promise<Seen> {
  const status = await stage.start(image, ["--status"]);
  const answered = await endOf(status, stage.signal);
  const failed = answered !== "exit 0";
  const asked = `${image} --status`;
  return judge({ asked, answered, ...(failed && { notes: status.lines }) }, !failed, "exit 0");
}

/** Ends the watch, and checks every answer of the watched instance. */
export async function seeWatch(stage: Stage, image: Image): Promise<Seen> {
  const { good, bad } = await stage.endWatch();
  const answered = bad.length === 0 ? `200, ${good} times of ${good}` : `200, ${good} times of ${good + bad.length}`;
  const asked = `GET ${image} /health and /products, since its start`;
  return judge({ asked, answered, notes: bad.slice(0, 3) }, bad.length === 0 && good > 0, "200 every time");
}

/** Asks the instance to stop, and waits for its end. */
export async function seeStop(stage: Stage, image: Image, expected: string): Promise<Seen> {
  const instance = stage.last(image);
  instance.signal("SIGTERM");
  const answered = await endOf(instance, stage.signal);
  return judge({ asked: `SIGTERM to ${image}`, answered }, answered === expected, expected);
}

function judge(seen: Seen, good: boolean, expected: string): Seen {
  return good ? seen : { ...seen, expected };
}
