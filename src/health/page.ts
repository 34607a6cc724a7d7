import type { HealthView, ProcessCheck } from "./body.ts";
import type { CheckResult } from "./dependency-watch.ts";

const style = `
:root { color-scheme: light dark; --line: light-dark(#d5dae0, #39424e); --soft: light-dark(#5b6672, #9aa5b1); }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem;
  background: light-dark(#fff, #14181d); color: light-dark(#1b2127, #e8ecf0); }
h1 { font-size: 1.4rem; margin: 0 0 .25rem; } p { margin: .25rem 0; } .soft { color: var(--soft); }
a { color: light-dark(#0b57d0, #9cc2ff); }
table { border-collapse: collapse; width: 100%; margin: 1.5rem 0; }
th, td { text-align: left; vertical-align: top; padding: .5rem .75rem .5rem 0; border-top: 1px solid var(--line); }
th { font-weight: 600; color: var(--soft); border: 0; } td, td code { overflow-wrap: anywhere; }
.version { min-width: 7rem; } time, .status { white-space: nowrap; } .wide { width: 35%; }
.pass { color: light-dark(#116329, #4ac26b); } .warn { color: light-dark(#7d4e00, #e0a52f); }
.fail { color: light-dark(#b1182a, #ff7b72); } .status { font-weight: 700; text-transform: uppercase; }
@media (max-width: 52rem) { thead { display: none } td { display: block; border: 0; padding: .1rem 0 }
  td:empty { display: none } tr { display: block; border-top: 1px solid var(--line); padding: .5rem 0 }
  td[data-label]::before { content: attr(data-label) ": "; color: var(--soft) } }`;

/** The page's sentence for each unusual phase. */
const phases: Readonly<Record<HealthView["phase"], string>> = {
  run: "",
  holding: "The app starts when its dependencies are compatible.",
  draining: "Draining: this container is being stopped.",
  upgrade: "This container runs an upgrade.",
};

/** The page for people. It is a single file without scripts. The browser reloads it every two seconds. */
export function renderPage({ app, phase, status, checks, processes, notes }: HealthView, now: number): string {
  const title = `${app.name}${app.version === undefined ? "" : ` ${app.version}`}`;
  const nothing = checks.length + processes.length === 0 ? "<p>No dependencies are shown.</p>" : "";
  const phaseText = phases[phase] === "" ? "" : `<p>${phases[phase]}</p>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="2">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>${escape(status)}: ${escape(title)}</title><style>${style}</style></head>
<body><h1>${escape(title)}: <span class="status ${status}">${status}</span></h1>
${phaseText}<p class="soft">${time(now)}</p>
${notes.map((note) => `<p class="warn">${escape(note)}</p>\n`).join("")}${nothing}${dependencyTable(checks)}${processTable(processes)}
<p class="soft">For machines: <a href="/health">/health</a>, <a href="/metrics">/metrics</a></p></body></html>
`;
}

function dependencyTable(checks: readonly CheckResult[]): string {
  if (checks.length === 0) return "";
  const rows = checks.map(
    ({ name, kind, status, observation: { verdict, needed, found, reason }, since }) =>
      `<tr><td><b>${escape(name)}</b><br><span class="soft">${escape(kind)}</span></td><td>${state(status, verdict)}</td>` +
      `${version("Needed", needed)}${version("Found", found)}<td data-label="Since">${time(since)}</td><td>${escape(reason ?? "")}</td></tr>`,
  );
  return `<table><thead><tr><th>Dependency<th>Verdict<th>Needed<th>Found<th>Since<th class="wide">What to do</thead>
<tbody>${rows.join("\n")}</tbody></table>`;
}

function processTable(processes: readonly ProcessCheck[]): string {
  if (processes.length === 0) return "";
  const rows = processes.map(
    ({ name, state: now, restarts, status }) =>
      `<tr><td><b>${escape(name)}</b></td><td>${state(status, now)}</td><td data-label="Restarts">${restarts}</td></tr>`,
  );
  return `<table><thead><tr><th>Process<th>State<th>Restarts</thead><tbody>${rows.join("\n")}</tbody></table>`;
}

function version(label: string, text: string | undefined): string {
  return text === undefined
    ? "<td></td>"
    : `<td class="version" data-label="${label}"><code>${escape(text)}</code></td>`;
}

function state(status: string, text: string): string {
  return `<span class="status ${status}">${escape(text)}</span>`;
}

function time(at: number): string {
  const text = new Date(at).toISOString();
  return `<time datetime="${text}">${text.slice(0, 10)} ${text.slice(11, 19)} UTC</time>`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
