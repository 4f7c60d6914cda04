/** How the page looks: both colour schemes, from a phone's width on. */

const LIGHT = `
  --back: #f3f5f8; --panel: #ffffff; --ink: #15202c; --faint: #566476; --line: #dfe5ec; --soft: #f0f3f7;
  --accent: #0b66c3; --accent-soft: #e4effb; --flow: #4a97e0; --good: #0b7a4b; --good-soft: #dff4e9; --warn: #8f5a00; --warn-soft: #fdf0d7;
  --bad: #b3261e; --bad-soft: #fce5e3; --input: #0f8a7e; --filter: #6a55c9; --output: #0b66c3; --shadow: 0 1px 2px #15202c0f, 0 4px 16px #15202c0a;
  color-scheme: light;`;

const DARK = `
  --back: #0c1117; --panel: #141b24; --ink: #e6edf5; --faint: #93a3b5; --line: #253140; --soft: #1b2430;
  --accent: #6cb2ff; --accent-soft: #16304c; --flow: #3f8fde; --good: #5fd39b; --good-soft: #12352a; --warn: #f2bd5b; --warn-soft: #3a2c10;
  --bad: #ff8a80; --bad-soft: #43191a; --input: #4fd1c2; --filter: #b3a3ff; --output: #6cb2ff; --shadow: 0 1px 2px #0006;
  color-scheme: dark;`;

export const STYLES = `
:root {${LIGHT}
  font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media (prefers-color-scheme: dark) { :root:not([data-theme="light"]) {${DARK} } }
:root[data-theme="dark"] {${DARK} }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
html { background: var(--back); color: var(--ink); -webkit-text-size-adjust: 100%; }
body { margin: 0; }
h1, h2, p, dl, dd, ol, ul { margin: 0; }
h1 { font-size: 1.2rem; letter-spacing: -.01em; line-height: 1.2; }
h2 { font-size: 1rem; letter-spacing: -.005em; }
a { color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 6px; }
.faint { color: var(--faint); font-weight: 400; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: 12px; top: -60px; background: var(--panel); padding: 8px 14px; border-radius: 8px; z-index: 3; }
.skip:focus { top: 10px; }

header { position: sticky; top: 0; z-index: 2; background: color-mix(in srgb, var(--back) 88%, transparent); backdrop-filter: blur(10px); border-bottom: 1px solid var(--line); }
.bar { max-width: 1360px; margin: 0 auto; padding: 10px 24px; display: flex; align-items: center; gap: 12px; }
.bar img { flex: none; }
.name { flex: 1; min-width: 0; }
.name p, .name h1 { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.name p { font-size: .84rem; }
#version { font-size: .84rem; margin-left: 4px; }
.pill { display: inline-flex; align-items: center; gap: 8px; padding: 5px 13px 5px 10px; border-radius: 99px; font-weight: 600; font-size: .88rem; background: var(--soft); white-space: nowrap; }
.pill.small { padding: 3px 11px 3px 9px; font-size: .8rem; }
.dot { width: 9px; height: 9px; border-radius: 50%; background: currentColor; }
.pill.good { background: var(--good-soft); color: var(--good); }
.pill.warn { background: var(--warn-soft); color: var(--warn); }
.pill.bad { background: var(--bad-soft); color: var(--bad); }
button, input, select { font: inherit; color: inherit; }
button { cursor: pointer; border: 1px solid var(--line); background: var(--panel); border-radius: 9px; padding: 6px 14px; }
button:hover { border-color: var(--accent); }
button[type="submit"] { background: var(--accent); border-color: var(--accent); color: var(--panel); font-weight: 600; }
.quiet { flex: none; width: 38px; height: 38px; padding: 0; display: grid; place-items: center; }
.quiet svg { width: 19px; height: 19px; }
input, select { border: 1px solid var(--line); background: var(--panel); border-radius: 9px; padding: 6px 10px; min-width: 0; }

main { max-width: 1360px; margin: 0 auto; padding: 20px 24px; display: grid; gap: 18px; grid-template-columns: minmax(0, 1fr); }
.panel { background: var(--panel); border: 1px solid var(--line); border-radius: 14px; padding: 16px 18px; box-shadow: var(--shadow); }
.panel > .title { display: flex; align-items: center; gap: 4px 14px; margin-bottom: 10px; flex-wrap: wrap; }
.panel > .title p { font-size: .84rem; }
.pair { display: grid; gap: 18px; grid-template-columns: minmax(0, 2fr) minmax(0, 3fr); align-items: start; }
.notice { display: flex; flex-wrap: wrap; gap: 8px 12px; align-items: center; }
.notice.bad { display: block; background: var(--bad-soft); border-color: transparent; color: var(--bad); font-weight: 600; }
.notice ul { margin: 0; padding-left: 18px; }
.bad-text { color: var(--bad); }

.tiles { display: grid; gap: 12px; grid-template-columns: repeat(auto-fit, minmax(158px, 1fr)); }
.tile { background: var(--panel); border: 1px solid var(--line); border-radius: 14px; padding: 12px 14px 10px; box-shadow: var(--shadow); display: grid; grid-template-rows: auto auto auto 24px; min-width: 0; }
.tile dt { color: var(--faint); font-size: .82rem; }
.tile dd { font-size: 1.42rem; font-weight: 650; letter-spacing: -.02em; font-variant-numeric: tabular-nums; line-height: 1.25; white-space: nowrap; }
.tile dd.more { font-size: .8rem; font-weight: 400; color: var(--faint); letter-spacing: 0; overflow: hidden; text-overflow: ellipsis; }
.tile.warn dd:first-of-type { color: var(--warn); }
.tile.bad dd:first-of-type { color: var(--bad); }
.tile svg { width: 100%; height: 24px; display: block; overflow: visible; }
.tile polyline { fill: none; stroke: var(--flow); stroke-width: 1.6; vector-effect: non-scaling-stroke; stroke-linejoin: round; }
.tile polygon { fill: var(--flow); opacity: .13; }

.scroll { overflow: auto; }
.tall { max-height: 420px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .89rem; }
th { text-align: left; font-weight: 600; font-size: .8rem; color: var(--faint); padding: 6px 12px 6px 0; border-bottom: 1px solid var(--line); white-space: nowrap; background: var(--panel); position: sticky; top: 0; }
td { padding: 8px 12px 8px 0; border-bottom: 1px solid var(--line); vertical-align: middle; }
tbody tr:last-child td { border-bottom: 0; }
th:last-child, td:last-child { padding-right: 0; }
.number { text-align: right; white-space: nowrap; }
td.wide { word-break: break-all; min-width: 220px; }
td .faint { font-size: .84rem; }
th button { border: 0; background: none; padding: 0; font: inherit; border-radius: 4px; }
th button:hover { color: var(--accent); }
th[aria-sort="descending"] button::after { content: " ↓"; }
th[aria-sort="ascending"] button::after { content: " ↑"; }
.none { color: var(--faint); text-align: center; padding: 18px 0; }
.gauge { display: flex; align-items: center; gap: 8px; min-width: 120px; white-space: nowrap; }
.gauge i { flex: 1; height: 7px; border-radius: 9px; background: var(--soft); overflow: hidden; }
.gauge i::before { content: ""; display: block; height: 100%; width: calc(var(--full) * 1%); background: var(--good); border-radius: 9px; }
.gauge.warn i::before { background: var(--warn); } .gauge.bad i::before { background: var(--bad); }
.find { margin-left: auto; }
.find input { width: 220px; max-width: 100%; padding: 4px 10px; }
code, .code, td.wide { font-family: var(--mono); font-size: .82rem; }

#graph svg { display: block; }
#graph text { fill: var(--ink); font-size: 13px; }
#graph .type { font-weight: 600; }
#graph .small { font-size: 12px; }
#graph .sub { fill: var(--faint); font-size: 11.5px; }
#graph .rate { text-anchor: end; font-variant-numeric: tabular-nums; font-weight: 600; }
#graph .card { fill: var(--soft); stroke: var(--line); }
#graph .failing .card { stroke: var(--bad); stroke-width: 1.6; }
#graph .mark { rx: 2px; }
#graph .input .mark { fill: var(--input); } #graph .label .mark { fill: var(--filter); } #graph .output .mark { fill: var(--output); }
#graph .failing .mark { fill: var(--bad); } #graph .failing .sub { fill: var(--bad); }
#graph .row { fill: var(--panel); stroke: var(--line); }
#graph .edge { fill: none; stroke: var(--flow); opacity: .34; stroke-linecap: round; transition: stroke-width .6s; }
#graph .still { stroke: var(--faint); opacity: .3; stroke-dasharray: 2 5; }
#graph .pulse { fill: none; stroke: var(--flow); stroke-linecap: round; stroke-dasharray: 3 21; animation: flow 1.6s linear infinite; }
#graph .still + .pulse { display: none; }
#graph .wrong { stroke: var(--bad); }
@keyframes flow { from { stroke-dashoffset: 24; } to { stroke-dashoffset: 0; } }
@media (prefers-reduced-motion: reduce) { #graph .pulse { animation: none; } }
details { margin-top: 10px; }
summary { cursor: pointer; color: var(--faint); font-size: .88rem; width: fit-content; padding: 2px 4px; }
details .scroll { margin-top: 8px; }

.rows { display: grid; grid-template-columns: 1fr auto; }
.rows dt, .rows dd { padding: 7px 0; border-bottom: 1px solid var(--line); }
.rows dt { color: var(--faint); }
.rows dd { text-align: right; padding-left: 16px; font-variant-numeric: tabular-nums; font-weight: 600; }
.rows dt:nth-last-of-type(1), .rows dd:nth-last-of-type(1) { border-bottom: 0; }
.rows .sub { padding-left: 14px; font-weight: 400; font-size: .88rem; }
.plain { list-style: none; padding: 0; }
#log li { padding: 8px 0; border-bottom: 1px solid var(--line); font-size: .88rem; overflow-wrap: anywhere; }
#log li:last-child { border-bottom: 0; }
#log .level { font-weight: 650; text-transform: uppercase; font-size: .72rem; letter-spacing: .04em; margin-right: 8px; }
#log .warn .level { color: var(--warn); } #log .error .level, #log .fatal .level { color: var(--bad); }
#log time { color: var(--faint); margin-right: 8px; font-variant-numeric: tabular-nums; }
.fields { display: flex; flex-wrap: wrap; gap: 10px 16px; align-items: center; }
.fields label { display: flex; align-items: center; gap: 8px; min-width: 0; }
#tap { margin-top: 12px; border-top: 1px solid var(--line); }
#tap li { padding: 5px 0; border-bottom: 1px solid var(--line); white-space: pre-wrap; overflow-wrap: anywhere; }
#tap b { color: var(--accent); font-weight: 600; }
#tap .notice-line { color: var(--warn); }
footer { max-width: 1360px; margin: 0 auto; padding: 4px 24px 32px; font-size: .84rem; display: flex; flex-wrap: wrap; gap: 4px 24px; justify-content: space-between; }

@media (max-width: 900px) { .pair { grid-template-columns: minmax(0, 1fr); } }
@media (max-width: 720px) {
  .bar { padding: 10px 14px; gap: 10px; }
  main { padding: 14px; gap: 14px; }
  .panel { padding: 14px; }
  .tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 10px; }
  .tile dd { font-size: 1.24rem; }
  .tile:last-child:nth-child(odd) { grid-column: span 2; }
  .find, .find input { width: 100%; margin: 0; }
  .fields label, .fields input { flex: 1 1 auto; }
  footer { padding: 4px 14px 24px; }
  table.cards thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  table.cards, table.cards tbody, table.cards tr, table.cards td { display: block; }
  table.cards tr { padding: 8px 0; border-bottom: 1px solid var(--line); }
  table.cards tr:last-child { border-bottom: 0; }
  table.cards td { display: flex; justify-content: space-between; gap: 14px; border: 0; padding: 3px 0; text-align: right; }
  table.cards td::before { content: attr(data-name); color: var(--faint); font-family: system-ui, sans-serif; text-align: left; white-space: nowrap; }
  table.cards td:first-child { display: block; text-align: left; font-weight: 600; min-width: 0; }
  table.cards td:first-child::before { content: none; }
  table.cards .none::before { content: none; }
}
`;
