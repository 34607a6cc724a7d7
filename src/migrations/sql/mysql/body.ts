/** Follows the tokens of a statement, to tell which semicolons belong to the body of a stored program. */
export interface BodyTracker {
  /** @param token a word in upper case, `'` for anything in quotes, or a sign */
  readonly take: (token: string, index: number) => void;
  /** Whether the statement creates a stored program, or is a compound statement of MariaDB. */
  readonly isProgram: () => boolean;
  /** Whether a semicolon ends the statement here. */
  readonly isOutside: () => boolean;
  /** The start of the innermost block that is still open. */
  readonly unclosed: () => number | undefined;
  /** Whether its body is in Oracle's syntax, which is not followed here. */
  readonly needsDelimiter: () => boolean;
}

type Stage =
  /** Looks for the kind of the object to create. */
  | "kind"
  /** Before the body: parameters, the trigger's table, the event's schedule. */
  | "header"
  /** The body begins, perhaps after characteristics or a label. */
  | "start"
  | "inside"
  /** A body without a block, or a statement that is no stored program. */
  | "simple";

interface Block {
  readonly opener: string;
  readonly index: number;
  /** REPEAT … UNTIL condition END REPEAT. */
  isUntil: boolean;
}

const openers = new Set(["BEGIN", "IF", "CASE", "LOOP", "WHILE", "REPEAT", "FOR"]);
const kinds = new Set(["PROCEDURE", "FUNCTION", "TRIGGER", "EVENT"]);
const otherKinds = new Set(
  "TABLE VIEW INDEX DATABASE SCHEMA USER ROLE SEQUENCE SERVER TABLESPACE UNDO LOGFILE SPATIAL UNIQUE FULLTEXT TEMPORARY".split(
    " ",
  ),
);
/** The first words of statements that hold no other statement. */
const simpleStarts = new Set(
  "RETURN SELECT SET INSERT UPDATE DELETE REPLACE CALL WITH VALUES DO ALTER CREATE DROP TRUNCATE RENAME SIGNAL RESIGNAL EXECUTE PREPARE GET LOAD TABLE ANALYZE OPTIMIZE FLUSH KILL GRANT REVOKE SONAME".split(
    " ",
  ),
);
export function createBodyTracker(): BodyTracker {
  let stage: Stage = "kind";
  let first = "";
  let kind = "";
  let previous = "";
  let count = 0;
  let depth = 0;
  let isStart = false;
  /** In DECLARE … HANDLER FOR condition, before its statement. */
  let handler: "none" | "declared" | "seeking" = "none";
  const blocks: Block[] = [];

  const open = (opener: string, index: number) => {
    blocks.push({ opener, index, isUntil: false });
    stage = "inside";
    isStart = ["BEGIN", "LOOP", "REPEAT"].includes(opener);
    handler = "none";
  };

  function takeKind(token: string, index: number): void {
    if (count === 1) {
      first = token;
      if (token === "BEGIN" || !["CREATE", "ALTER"].includes(token)) stage = openers.has(token) ? "kind" : "simple";
      if (openers.has(token) && token !== "BEGIN") open(token, index);
      return;
    }
    if (previous === "BEGIN" && count === 2) {
      // MariaDB's BEGIN NOT ATOMIC. Every other BEGIN starts a transaction.
      stage = "simple";
      if (token === "NOT") open("BEGIN", index);
      return;
    }
    if (previous === "=" || previous === "@") return;
    if (otherKinds.has(token)) stage = "simple";
    else if (first === "ALTER" && token !== "EVENT") stage = "simple";
    else if (kinds.has(token) || token === "PACKAGE") [stage, kind] = ["header", token];
  }

  function takeHeader(token: string): void {
    if (kind === "PROCEDURE" || kind === "FUNCTION") {
      if (token === ")" && depth === 0) stage = "start";
      // A function of a library has no parameters and no body.
      if (token === "SONAME") stage = "simple";
    }
    if (kind === "TRIGGER" && token === "ROW" && previous === "EACH") stage = "start";
    if (kind === "EVENT" && token === "DO" && depth === 0) stage = "start";
  }

  function takeStart(token: string, index: number): void {
    if (depth > 0) return;
    if (openers.has(token)) open(token, index);
    else if (simpleStarts.has(token) && !["CHARACTER", "RETURNS"].includes(previous)) stage = "simple";
  }

  function takeInside(token: string, index: number): void {
    const top = blocks.at(-1);
    if (top?.opener === "expression") {
      if (token === "END") blocks.pop();
      else if (token === "CASE") blocks.push({ opener: "expression", index, isUntil: false });
      return;
    }
    if (handler !== "none") return takeHandler(token, index);
    if (token === "END" && (isStart || top?.isUntil === true)) {
      blocks.pop();
      isStart = false;
    } else if (isStart && openers.has(token)) open(token, index);
    else if (isStart && token === "UNTIL" && top !== undefined) [top.isUntil, isStart] = [true, false];
    else if (isStart && token === "DECLARE") [handler, isStart] = ["declared", false];
    else if (token === "CASE" && previous !== "END") blocks.push({ opener: "expression", index, isUntil: false });
    // A label, or the sign := that no statement follows.
    else isStart = [";", ":", "THEN", "ELSE"].includes(token) || (token === "DO" && !isStart);
  }

  function takeHandler(token: string, index: number): void {
    if (token === ";") [handler, isStart] = ["none", true];
    else if (token === "HANDLER") handler = "seeking";
    else if (handler !== "seeking" || token === "FOR") return;
    else if (openers.has(token)) open(token, index);
    else if (simpleStarts.has(token)) handler = "none";
  }

  return {
    take(token, index) {
      count++;
      if (token === ")") depth--;
      if (stage === "kind") takeKind(token, index);
      else if (stage === "header") takeHeader(token);
      else if (stage === "start") takeStart(token, index);
      else if (stage === "inside") takeInside(token, index);
      if (token === "(") depth++;
      previous = token;
    },
    isProgram: () => kind !== "" || blocks.length > 0 || stage === "inside",
    isOutside: () => blocks.length === 0 && kind !== "PACKAGE",
    unclosed: () => blocks[0]?.index,
    needsDelimiter: () => kind === "PACKAGE",
  };
}
