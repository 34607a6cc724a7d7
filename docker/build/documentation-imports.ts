import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { root } from "./paths.ts";

/** The floors of the house, from the top. A room imports from floors below its own; in `features` no room imports another. */
const floors: readonly (readonly [floor: string, rooms: readonly string[]])[] = [
  ["top", ["entrypoint"]],
  ["features", ["cli", "config", "supervisor", "health", "dependencies", "histories", "lint", "upgrade"]],
  ["records", ["ledger"]],
  ["ground", ["migrations", "platform"]],
  ["cellar", ["urls", "versions"]],
  ["rock", ["kernel"]],
];

/** Which room imports which, as `from to`: static, dynamic and type imports alike. */
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

/** A Mermaid drawing of the rooms and of what imports what. Throws for an arrow that does not go down. */
export function drawImports(arrows = importsBetweenRooms()): string {
  const pairs = [...arrows].toSorted().map((arrow) => arrow.split(" ") as [from: string, to: string]);
  const wrong = pairs.filter(([from, to]) => floorOf(from) >= floorOf(to));
  if (wrong.length > 0) {
    const list = wrong.map(([from, to]) => `${from} → ${to}`).join(", ");
    throw new Error(
      `imports that do not go down a floor: ${list}. Pass it as a parameter, and join both in entrypoint/.`,
    );
  }
  const used = new Set(pairs.flat());
  const boxes = floors.flatMap(([floor, rooms]) => {
    const present = rooms.filter((room) => used.has(room));
    return present.length === 0 ? [] : [`  subgraph ${floor}`, ...present.map((room) => `    ${room}`), "  end"];
  });
  // Everything may import kernel, and entrypoint imports everything: those arrows would hide the others.
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
