import type { HealthView } from "./body.ts";

const style = `
:root { color-scheme: light dark; --line: light-dark(#d5dae0, #39424e); --soft: light-dark(#5b6672, #9aa5b1); }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem;
  background: light-dark(#fff, #14181d); color: light-dark(#1b2127, #e8ecf0); }
h1 { font-size: 1.4rem; margin: 0 0 .25rem; } p { margin: .25rem 0; } .soft { color: var(--soft); }
table { border-collapse: collapse; width: 100%; margin: 1.5rem 0; }
th, td { text-align: left; vertical-align: top; padding: .5rem .75rem .5rem 0; border-top: 1px solid var(--line); }
th { font-weight: 600; color: var(--soft); border: 0; } td code { overflow-wrap: anywhere; }
.pass { color: light-dark(#116329, #4ac26b); } .warn { color: light-dark(#7d4e00, #e0a52f); }
.fail { color: light-dark(#b1182a, #ff7b72); } .status { font-weight: 700; text-transform: uppercase; }
@media (max-width: 40rem) { th { display: none } td { display: block; border: 0; padding: .1rem 0 }
  tr { display: block; border-top: 1px solid var(--line); padding: .5rem 0 } }`;

/** The page for people: all in one, without scripts; the browser asks again every two seconds. */
export function renderPage({ app, phase, status, checks, processes }: HealthView): string {
  const title = `${app.name}${app.version === undefined ? "" : ` ${app.version}`}`;
  const rows = checks.map(
    ({ name, kind, status: own, observation: { verdict, needed, found, reason, pending = [] }, since }) => {
      const names = pending
        .slice(0, 10)
        .map((one) => `<code>${escape(one)}</code>`)
        .join(", ");
      const more = pending.length > 10 ? ` and ${pending.length - 10} more` : "";
      const todo = [reason === undefined ? "" : escape(reason), names === "" ? "" : `${names}${more}`]
        .filter(Boolean)
        .join("<br>");
      return row([
        `<b>${escape(name)}</b><br><span class="soft">${escape(kind)}</span>`,
        state(own, verdict),
        code(needed),
        code(found),
        time(since),
        todo,
      ]);
    },
  );
  const processRows = processes.map(({ name, state: now, restarts, status: own }) =>
    row([
      `<b>${escape(name)}</b><br><span class="soft">process</span>`,
      state(own, now),
      "",
      "",
      "",
      restarts === 0 ? "" : `restarted ${restarts} times`,
    ]),
  );
  const table = `<table><thead><tr><th>Dependency<th>Verdict<th>Needed<th>Found<th>Since<th>What to do</thead>
<tbody>${[...rows, ...processRows].join("\n")}</tbody></table>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="2">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>${escape(status)}: ${escape(title)}</title><style>${style}</style></head>
<body><h1>${escape(title)} is <span class="status ${status}">${status}</span></h1>
<p class="soft">phase: ${phase} · ${new Date().toISOString()}</p>
${rows.length + processRows.length === 0 ? "<p>No dependencies are shown.</p>" : table}
<p class="soft">For machines: <a href="/health">/health</a>, <a href="/metrics">/metrics</a></p></body></html>
`;
}

function row(cells: readonly string[]): string {
  return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`;
}

function state(status: string, text: string): string {
  return `<span class="status ${status}">${escape(text)}</span>`;
}

function code(text: string | undefined): string {
  return text === undefined ? "" : `<code>${escape(text)}</code>`;
}

function time(since: number): string {
  return `<time>${new Date(since).toISOString().replace("T", " ").slice(0, 19)}</time>`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
