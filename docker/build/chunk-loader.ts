type Evaluate = (exports: object, require: NodeJS.Require, module: { exports: object }) => void;

export interface ChunkTable {
  readonly main: string;
  readonly hot: Readonly<Record<string, Evaluate>>;
  /** Offset and length, in bytes, of every other chunk in the second file. */
  readonly later: Readonly<Record<string, readonly [offset: number, length: number]>>;
  readonly laterName: string;
}

/**
 * Loads each chunk once, as `require` does. The bundle begins with the text of this function, so it may use only its
 * parameters. From the second file, it reads only the chunks that are asked for.
 * @param codeOf the code that V8 compiled in advance for a chunk (compile-chunks.cjs). Default: none.
 */
export function loadChunk(
  table: ChunkTable,
  require: NodeJS.Require,
  filename: string,
  directory: string,
  codeOf?: (name: string) => Buffer | undefined,
): void {
  const loaded = new Map<string, { exports: object }>();
  const load = (name: string): object => {
    const known = loaded.get(name);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    loaded.set(name, module);
    const requireFrom = (id: string): unknown => (id.startsWith("./") ? load(id.slice(2)) : require(id));
    (table.hot[name] ?? readLater(name))(module.exports, requireFrom as NodeJS.Require, module);
    return module.exports;
  };
  // Has the form of Failure in src/kernel. Code 78: the operator can fix it.
  const fail = (message: string, cause?: unknown): never => {
    throw Object.assign(new Error(message, { cause }), { name: "Failure", exitCode: 78, details: [] });
  };
  const readLater = (name: string): Evaluate => {
    const { closeSync, openSync, readSync } = require("node:fs") as typeof import("node:fs");
    const { Script } = require("node:vm") as typeof import("node:vm");
    const [offset, length] = table.later[name] ?? [0, 0];
    const path = `${directory}/${table.laterName}`;
    const bytes = Buffer.alloc(length);
    try {
      const descriptor = openSync(path, "r");
      readSync(descriptor, bytes, 0, length, offset);
      closeSync(descriptor);
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === "EMFILE") {
        fail(
          `cannot read ${path}: too many files are open (EMFILE). Raise the container's limit of open files (ulimit -n).`,
          cause,
        );
      }
      fail(`cannot read ${path}, which must be next to ${filename}. Copy it there, from the same build.`, cause);
    }
    const text = bytes.toString("latin1");
    if (!text.startsWith(`//${name}\n`))
      fail(`${path} is not of the same build as ${filename}. Copy both from one build.`);
    const cachedData = codeOf?.(name);
    const script = new Script(`(function (exports, require, module, __filename, __dirname) {${text}})`, {
      filename: `${path}/${name}`,
      ...(cachedData && { cachedData }),
    });
    if (script.cachedDataRejected) process.emitWarning(`V8 rejected the precompiled code of ${name}`);
    const evaluate = script.runInThisContext() as (...values: unknown[]) => void;
    return (exports, requireFrom, module) => evaluate(exports, requireFrom, module, filename, directory);
  };
  load(table.main);
}
