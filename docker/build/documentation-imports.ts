import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { root } from "./paths.ts";

/** The floors, from the top. A room may import only from lower floors, so rooms on the same floor never import each other. */
const floors: readonly (readonly [floor: string, rooms: readonly string[]])[] = [
  ["top", ["entrypoint"]],
  ["features", ["cli", "config", "supervisor", "health", "dependencies", "histories", "lint", "upgrade"]],
  ["scope", ["targets"]],
  ["records", ["ledger"]],
  ["ground", ["hooks", "migrations", "platform"]],
  ["cellar", ["urls", "versions"]],
  ["rock", ["kernel"]],
];

/** Imports between rooms, as `from to`. Static, dynamic and type imports count. */
export function importsBetweenRooms(): ReadonlySet<string> {
  const arrows = new Set<string>();
  for (const file of sourceFiles()) {
    const from = roomOf(file);
    for (const [, path = ""] of readFileSync(file, "utf8").matchAll(/\b(?:from|import\()\s*"(\.[^"]+)"/g)) {
      const to = roomOf(resolve(dirname(file), path));
      if (from !== to) arrows.add(`${from} ${to}`);
    }
  }
  return arrows;
}

/** A Mermaid drawing of the rooms and their imports. Throws if an import does not go down. */
export function drawImports(arrows = importsBetweenRooms()): string {
  const pairs = [...arrows].toSorted().map((arrow) => arrow.split(" ") as [from: string, to: string]);
  const wrong = pairs.filter(([from, to]) => floorOf(from) >= floorOf(to));
  if (wrong.length > 0) {
    const list = wrong.map(([from, to]) => `${from} → ${to}`).join(", ");
    throw new Error(
      `imports must go down at least one floor, but these do not: ${list}. Pass a parameter instead, and join the rooms in entrypoint/.`,
    );
  }
  const used = new Set(pairs.flat());
  const boxes = floors.flatMap(([floor, rooms]) => {
    const present = rooms.filter((room) => used.has(room));
    return present.length === 0 ? [] : [`  subgraph ${floor}`, ...present.map((room) => `    ${room}`), "  end"];
  });
  // Leave out imports of kernel and by entrypoint: there are so many that they would hide the others.
  const shown = pairs.filter(([from, to]) => from !== "entrypoint" && to !== "kernel");
  return ["```mermaid", "flowchart TD", ...boxes, ...shown.map(([from, to]) => `  ${from} --> ${to}`), "```"].join(
    "\n",
  );
}

function floorOf(room: string): number {
  const floor = floors.findIndex(([, rooms]) => rooms.includes(room));
  if (floor === -1) throw new Error(`the room ${room} has no floor. Add it to docker/build/documentation-imports.ts.`);
  return floor;
}

/** Every file of src/ and entrypoint/. */
export function sourceFiles(): readonly string[] {
  return ["src", "entrypoint"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => join(root, folder, name)),
  );
}

/** `src/health/page.ts` → `health`; everything in entrypoint/ → `entrypoint`. */
function roomOf(file: string): string {
  const [top = "", room = ""] = relative(root, file).split(sep);
  return top === "src" ? room : top;
}
