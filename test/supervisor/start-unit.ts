import { createUnit } from "../../src/supervisor/unit.ts";
import { createHandClock } from "../harness/hand-clock.ts";
import { createPuppet, createRecordingLog } from "../harness/units.ts";

/** No jitter: 0.5 is its middle. */
export const noJitter = () => 0.5;

export function start(changes: Parameters<typeof createPuppet>[1] = {}, random = noJitter) {
  const clock = createHandClock();
  const puppet = createPuppet("web", changes);
  const { log, lines } = createRecordingLog();
  const states: string[] = [];
  const unit = createUnit(puppet.spec, { clock, random, log, onChange: () => states.push(unit.state()) });
  unit.start();
  return { clock, puppet, unit, lines, states };
}
