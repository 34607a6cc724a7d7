import { join } from "node:path";
import type { Engine } from "../harness/engine/engine.ts";

/** An image of docker/reference, with the values that its tests expect. */
export interface ReferenceImage {
  readonly name: string;
  /** Its answer on port 8080. */
  readonly answer: RegExp;
  /** Whether the answer comes from the database. */
  readonly asksDatabase: boolean;
  /** The app's exit code when it is stopped. */
  readonly code: number;
  /** The app without seaworthy, as PID 1. */
  readonly bare: readonly string[];
  /** A command that leaves an orphan in the container. Undefined if the image has no shell. */
  readonly orphan?: readonly string[];
  /** What the bare app cannot do as PID 1: stop at SIGTERM (it has no handler), or reap orphans. */
  readonly bareLacks?: "stop" | "reap";
}

const page = /served once the database is ready/;
const products = /^\["lamp", ?"chair"\]$/;

const orphan = ["sh", "-c", "sleep 0.2 &"];

export const referenceImages: readonly ReferenceImage[] = [
  {
    name: "nginx",
    answer: page,
    asksDatabase: false,
    code: 0,
    orphan,
    bare: ["nginx", "-e", "stderr", "-c", "/app/nginx.conf"],
  },
  {
    name: "nginx-php-fpm",
    answer: products,
    asksDatabase: true,
    code: 0,
    orphan,
    bare: ["sh", "-c", "php-fpm --nodaemonize --fpm-config /app/php-fpm.conf & nginx -e stderr -c /app/nginx.conf"],
    bareLacks: "stop",
  },
  { name: "node", answer: products, asksDatabase: true, code: 0, orphan, bare: ["node", "app.js"], bareLacks: "reap" },
  {
    name: "python",
    answer: products,
    asksDatabase: true,
    code: 0,
    orphan,
    bare: ["python3", "app.py"],
    bareLacks: "reap",
  },
  {
    name: "scratch",
    answer: page,
    asksDatabase: false,
    code: 143,
    bare: ["/httpd", "-f", "-p", "8080", "-h", "/app/site"],
    bareLacks: "stop",
  },
];

const folder = join(import.meta.dirname, "../../docker/reference");

/** Builds the image. Returns its name. */
export function buildReference(engine: Engine, seaworthy: string, { name }: ReferenceImage): Promise<string> {
  return engine.build(name, join(folder, name), { arguments: { SEAWORTHY: seaworthy } });
}

/** Builds the next release, with one more migration. Returns its name. */
export function buildNewer(engine: Engine, image: string, { name }: ReferenceImage): Promise<string> {
  return engine.buildFiles(`${name}-2`, {
    "0003_add_price.sql": "ALTER TABLE products ADD COLUMN price int;",
    Dockerfile: `FROM ${image}\nENV SEAWORTHY_APP_VERSION=2.0.0\nCOPY 0003_add_price.sql migrations/\n`,
  });
}
