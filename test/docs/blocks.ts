import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../docker/build/paths.ts";

/** A fenced block of a page. */
export interface Block {
  /** Relative to the checkout. */
  readonly page: string;
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

/** Fenced blocks, those in lists included: their indentation is taken away. */
export function blocksOf(page: string, markdown: string): readonly Block[] {
  return [...markdown.matchAll(/^( *)```(\w*)\n([^]*?)^\1```$/gm)].map((match) => {
    const [, indent = "", language = "", text = ""] = match;
    const line = markdown.slice(0, match.index).split("\n").length;
    return { page, line, language, text: text.replaceAll(new RegExp(`^${indent}`, "gm"), "") };
  });
}

/** The blocks of one page of the manual, in one language. */
export function blocksIn(page: string, language: string): readonly string[] {
  return blocksOf(page, readFileSync(join(root, page), "utf8"))
    .filter((block) => block.language === language)
    .map(({ text }) => text);
}

/** Every block of every page that a user reads. */
export function allBlocks(): readonly Block[] {
  const pages = globSync(["README.md", "docs/**/*.md", "docker/README.md", "examples/**/README.md"], { cwd: root });
  return pages.toSorted().flatMap((page) => blocksOf(page, readFileSync(join(root, page), "utf8")));
}
