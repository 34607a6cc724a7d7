import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { filesLike } from "./files.ts";

const program = "/opt/seaworthy/seaworthy";

/** Instructions of the last stage. Continued lines are joined. */
function instructionsOf(text: string): readonly (readonly [string, string])[] {
  const lines = text
    .replaceAll(/^\s*#.*\n/gm, "")
    .replaceAll(/\\\n/g, " ")
    .split("\n")
    .map((line) => /^\s*([A-Z]+)\s+(.*\S)\s*$/.exec(line))
    .flatMap((match) => (match === null ? [] : [[match[1] ?? "", match[2] ?? ""] as const]));
  return lines.slice(lines.findLastIndex(([name]) => name === "FROM"));
}

suite("every Dockerfile in the examples", () => {
  const all = filesLike(/(^|\/)Dockerfile(\.\w+)?$/);

  for (const { path, text } of all) {
    const instructions = instructionsOf(text);
    const of = (name: string) => instructions.filter(([one]) => one === name).map(([, value]) => value);

    test(`${path} copies /opt/seaworthy and starts it without a shell`, () => {
      assert.ok(
        of("COPY").some((value) => /^--from=seaworthy \/opt\/seaworthy \/opt\/seaworthy$/.test(value)),
        "COPY",
      );
      assert.deepEqual(
        of("ENTRYPOINT").map((value) => JSON.parse(value) as unknown),
        [[program]],
      );
    });

    test(`${path} has a health check without a shell, and a start period for migrations`, () => {
      const [check = "", ...others] = of("HEALTHCHECK");
      assert.deepEqual(others, []);
      const [, flags = "", command = ""] = /^((?:--\S+ )*)CMD (\[.*\])$/.exec(check) ?? [];
      assert.deepEqual(JSON.parse(command), [program, "--health"]);
      assert.match(flags, /--start-period=\d+m /);
      assert.match(flags, /--interval=(5|10)s /);
    });

    test(`${path} does not run as root, and its stop signal makes seaworthy drain`, () => {
      assert.match(of("USER").at(-1) ?? "", /^\d+$/);
      // These base images set QUIT or WINCH, which seaworthy passes on without draining.
      if (/^(nginx|php|httpd)\b/.test(of("FROM")[0] ?? "")) assert.deepEqual(of("STOPSIGNAL"), ["SIGTERM"]);
    });
  }

  test("exists for each framework", () => assert.ok(all.length >= 6));
});
