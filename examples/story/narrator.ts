import { styleText } from "node:util";
import type { Seen } from "./observe.ts";

type Style = Parameters<typeof styleText>[0];

/** Writes the story for people: in colour and wrapped on a terminal, as plain lines elsewhere. */
export interface Narrator {
  readonly title: (text: string) => void;
  readonly remark: (text: string) => void;
  readonly step: (number: number, sentence: string) => void;
  /** Writes a line of output of a process in the story. */
  readonly progress: (line: string) => void;
  readonly seen: (seen: Seen) => void;
  readonly aside: (lines: readonly string[]) => void;
  readonly failure: (text: string) => void;
  readonly end: (text: string, good: boolean) => void;
}

export interface NarratorOptions {
  readonly write: (text: string) => void;
  readonly colour: boolean;
  /** Characters per line. Undefined for no limit. */
  readonly width: number | undefined;
}

export function createNarrator({ write, colour, width }: NarratorOptions): Narrator {
  const paint = (style: Style, text: string) => (colour ? styleText(style, text, { validateStream: false }) : text);
  const print = (lead: string, text: string, style: Style, leadStyle = style) => {
    const [first = "", ...rest] = wrap(text, width === undefined ? undefined : width - lead.length);
    const margin = " ".repeat(lead.length);
    write(`${paint(leadStyle, lead)}${paint(style, first)}\n`);
    for (const line of rest) write(`${margin}${paint(style, line)}\n`);
  };
  return {
    title: (text) => {
      write("\n");
      print("  ", text, "bold");
    },
    remark: (text) => print("  ", text, "dim"),
    step(number, sentence) {
      write("\n");
      print(`  ${number}  `, sentence, "bold", "cyan");
    },
    progress: (line) => print("     │ ", line, "dim"),
    seen({ asked, answered, notes = [], expected }) {
      const good = expected === undefined;
      const text = `${asked} → ${answered}${good ? "" : ` (expected ${expected})`}`;
      print(`     ${good ? "✓" : "✗"} `, text, good ? "reset" : "red", good ? "green" : "red");
      for (const note of notes) print("       ", note, "yellow");
    },
    aside: (lines) => lines.forEach((line) => print("       ", line, "dim")),
    failure: (text) => print("     ✗ ", text, "red"),
    end(text, good) {
      write("\n");
      print(good ? "  ✓ " : "  ✗ ", text, good ? ["bold", "green"] : ["bold", "red"]);
      write("\n");
    },
  };
}

/** Breaks text between words into lines of at most this many characters. A longer word gets its own line. */
export function wrap(text: string, width: number | undefined): readonly string[] {
  if (width === undefined) return [text];
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
