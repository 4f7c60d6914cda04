/** The style sheet of the page: light and dark, phones, print. Every text has a contrast of at least 4.5 to 1. */

const LIGHT = `color-scheme:light;--page:#f6f7f9;--card:#fff;--line:#dfe3e8;--text:#17202b;--dim:#56616f;--link:#0b5cad;--code:#eef1f5;--focus:#0b5cad;
--good:#0d6b3c;--good-soft:#e3f5ea;--bad:#b3202a;--bad-soft:#fdeaea;--warn:#8a5200;--warn-soft:#fdf1dc;--note:#1d5a94;--note-soft:#e6f0fa;
--c0:#3b7dd8;--c1:#12977b;--c2:#c2611b;--c3:#8a5cd1;--c4:#c13f78;--c5:#6f8a12;--c6:#178fa8;--c7:#7a6a58;--node:#42505f;`;
const DARK = `color-scheme:dark;--page:#0f141a;--card:#171e27;--line:#2b3542;--text:#e6ebf1;--dim:#9eabba;--link:#7db8f5;--code:#212b37;--focus:#8cc2fa;
--good:#69d29a;--good-soft:#143021;--bad:#ff8f90;--bad-soft:#3a1c1f;--warn:#f0b95f;--warn-soft:#352813;--note:#8bbdf0;--note-soft:#172b40;
--c0:#5b9bf0;--c1:#34c1a0;--c2:#ec8f4a;--c3:#ad86ee;--c4:#e8739f;--c5:#a4c043;--c6:#4cc0d8;--c7:#b3a18c;--node:#9fb0c2;`;

export const STYLE = `:root{${LIGHT}}
@media (prefers-color-scheme:dark){:root{${DARK}}}
:root[data-theme=light]{${LIGHT}}
:root[data-theme=dark]{${DARK}}
*{box-sizing:border-box}
html{scroll-behavior:smooth;scroll-padding-top:64px;-webkit-text-size-adjust:100%}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}*{transition:none!important}}
body{margin:0;background:var(--page);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif}
a{color:var(--link)}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;font-size:12.5px}
code{overflow-wrap:anywhere}
pre{margin:4px 0 0;padding:8px 10px;background:var(--code);border-radius:6px;white-space:pre-wrap;overflow-wrap:anywhere;max-height:340px;overflow:auto}
:focus-visible{outline:2px solid var(--focus);outline-offset:2px;border-radius:4px}
[hidden]{display:none!important}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.skip{position:absolute;left:-9999px}
.skip:focus{left:12px;top:12px;z-index:9;background:var(--card);padding:8px 12px}
.dim{color:var(--dim)}
.wrap{max-width:1240px;margin:0 auto;padding:0 24px}
header{padding:26px 0 18px}
header .wrap{display:flex;gap:16px;align-items:flex-start;justify-content:space-between}
h1{font-size:22px;line-height:1.25;margin:0 0 4px;letter-spacing:-.01em}
h1 code{font-size:18px;font-weight:600}
header p{margin:0;color:var(--dim);overflow-wrap:anywhere}
h2{font-size:17px;margin:0 0 12px;letter-spacing:-.005em}
h3{font-size:14.5px;margin:0;font-weight:600;overflow-wrap:anywhere;min-width:0}
.count{display:inline-block;min-width:22px;padding:0 7px;margin-left:4px;border-radius:11px;background:var(--code);color:var(--dim);font-size:12.5px;font-weight:500;text-align:center;line-height:22px;vertical-align:1px}
nav{position:sticky;top:0;z-index:5;background:var(--page);border-bottom:1px solid var(--line)}
nav .wrap{display:flex;gap:14px;align-items:center}
nav ul{list-style:none;display:flex;gap:2px;margin:0;padding:8px 0;overflow-x:auto;flex:1;scrollbar-width:none}
nav li{flex:none}
nav li a{display:block;padding:5px 10px;border-radius:6px;color:var(--dim);text-decoration:none;font-size:14px;white-space:nowrap}
nav li a:hover{background:var(--code);color:var(--text)}
input[type=search]{font:inherit;font-size:14px;color:var(--text);background:var(--card);border:1px solid var(--dim);border-radius:7px;padding:5px 10px;min-width:0;width:220px}
button{font:inherit;font-size:14px;color:var(--text);background:var(--card);border:1px solid var(--dim);border-radius:7px;padding:5px 12px;cursor:pointer}
button:hover{background:var(--code)}
button[disabled]{color:var(--dim);border-color:var(--line);cursor:default}
.theme{flex:none;white-space:nowrap}
main.wrap{padding-top:20px;padding-bottom:40px}
section{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:20px 22px;margin:0 0 18px;min-width:0}
section>p:first-of-type{margin-top:0}
.verdict{display:flex;gap:16px;align-items:center;border-radius:12px;padding:18px 22px;margin:0 0 18px}
.verdict h2{margin:0;font-size:19px}
.verdict p{margin:2px 0 0;overflow-wrap:anywhere}
.verdict svg{flex:none;width:44px;height:44px;padding:7px;border-radius:50%;fill:none;stroke:var(--card);stroke-width:2.6;stroke-linecap:round;stroke-linejoin:round}
.verdict.clean{background:var(--good-soft)}.verdict.clean h2{color:var(--good)}.verdict.clean svg{background:var(--good)}
.verdict.lossy,.verdict.invalid{background:var(--bad-soft)}.verdict.lossy h2,.verdict.invalid h2{color:var(--bad)}.verdict.lossy svg,.verdict.invalid svg{background:var(--bad)}
.tiles{display:grid;grid-template-columns:repeat(6,1fr);gap:12px;margin:0 0 18px}
.tiles div{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:14px 16px;min-width:0}
.tiles dt{color:var(--dim);font-size:13px}
.tiles dd{margin:0}
.tiles b{display:block;font-size:25px;line-height:1.25;letter-spacing:-.02em;font-weight:650;font-variant-numeric:tabular-nums}
.tiles span{color:var(--dim);font-size:13px}
.tiles .bad b{color:var(--bad)}.tiles .warn b{color:var(--warn)}.tiles .good b{color:var(--good)}
.scroll{overflow-x:auto;border-radius:8px}
figure{margin:0}
figcaption{color:var(--dim);font-size:13px;margin-top:10px}
.flow{display:block;width:100%;min-width:860px;height:auto}
.flow text{font-size:13px;fill:var(--text)}
.flow .name{font-weight:600;paint-order:stroke;stroke:var(--card);stroke-width:4px;stroke-linejoin:round}
.flow .note{font-size:11.5px;fill:var(--dim);paint-order:stroke;stroke:var(--card);stroke-width:4px;stroke-linejoin:round}
.band{fill:none;stroke-opacity:.34;transition:stroke-opacity .15s}
.band:hover{stroke-opacity:.7}
.flow.some .band{stroke-opacity:.1}.flow.some .band.on{stroke-opacity:.7}
.node rect{fill:var(--node)}
.node:focus{outline:none}.node:focus-visible rect{stroke:var(--focus);stroke-width:3}
.node.source rect{fill:var(--node)}
${[0, 1, 2, 3, 4, 5, 6, 7].map((i) => `.band.c${i}{stroke:var(--c${i})}.node.c${i} rect{fill:var(--c${i})}`).join('')}
.flow-detail{min-height:22px;margin:4px 0 0;font-weight:600;font-size:14px;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%;font-size:13.5px}
caption{text-align:left;color:var(--dim);padding:0 0 8px;font-size:13.5px}
.scroll+.scroll{margin-top:20px}
th,td{text-align:left;vertical-align:top;padding:7px 12px 7px 0;border-bottom:1px solid var(--line);font-weight:400}
tbody tr:last-child>*{border-bottom:0}
thead th{color:var(--dim);white-space:nowrap;padding-top:0}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
th:last-child,td:last-child{padding-right:2px}
.sort{border:0;background:none;padding:2px 0;color:inherit;font-size:12.5px;font-weight:600;border-radius:3px}
.sort:hover{background:none;color:var(--text);text-decoration:underline}
[aria-sort=ascending] .sort::after{content:" ▲";font-size:9px}[aria-sort=descending] .sort::after{content:" ▼";font-size:9px}
tbody th code{min-width:180px;display:inline-block}
#streams td:nth-of-type(1) code{min-width:130px;display:inline-block}
#routes td:nth-child(3){white-space:nowrap}
#routes td:last-child code{min-width:150px;display:inline-block}
#streams-table th:first-child code{min-width:300px}
.place{color:var(--dim)}
.tools{display:flex;flex-wrap:wrap;gap:10px 16px;align-items:center;margin:0 0 12px;font-size:14px}
.tools .pages{margin-left:auto;display:flex;gap:8px}
.findings,.samples,.notes{list-style:none;margin:0;padding:0}
.findings>li{border-left:4px solid var(--note);padding:4px 0 4px 14px;margin:0 0 16px}
.findings>li:last-child{margin-bottom:0}
.findings>.lost{border-color:var(--bad)}.findings>.altered{border-color:var(--warn)}
.line{display:flex;flex-wrap:wrap;gap:4px 10px;align-items:baseline}
.line h3{flex:1 1 300px}
.where{color:var(--dim);font-size:13px;overflow-wrap:anywhere}
.badge{font-size:12px;font-weight:600;padding:1px 8px;border-radius:10px;background:var(--note-soft);color:var(--note);white-space:nowrap}
.lost>.line .badge{background:var(--bad-soft);color:var(--bad)}.altered>.line .badge{background:var(--warn-soft);color:var(--warn)}
.samples{margin:8px 0 0}
.samples li{margin:0 0 8px;font-size:13px;overflow-wrap:anywhere}
.samples code{color:var(--text)}
.hint{color:var(--dim);margin:6px 0 0;font-size:14px}
.hint::before{content:"→ "}
.notes{color:var(--dim);font-size:13.5px;margin-top:10px}
.notes li{padding:2px 0 2px 14px;text-indent:-14px}.notes li::before{content:"– "}
pre.before{box-shadow:inset 3px 0 var(--bad)}pre.after{box-shadow:inset 3px 0 var(--good)}
details{border-top:1px solid var(--line);padding:8px 0}
details:last-of-type{padding-bottom:0}
.hints[open] summary{margin-bottom:14px}.findings+.hints{margin-top:16px}
summary{cursor:pointer;overflow-wrap:anywhere}
.copied{position:relative}
.copied .copy{position:absolute;top:12px;right:12px}
.copied pre{max-height:460px}
.total b{font-size:25px;letter-spacing:-.02em}
.below,.empty{color:var(--dim);font-size:13.5px;margin:12px 0 0}
footer{color:var(--dim);font-size:13px;padding:0 0 40px}
footer dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 16px;margin:0}
footer dd{margin:0;overflow-wrap:anywhere}
@media (max-width:1000px){.tiles{grid-template-columns:repeat(3,1fr)}}
@media (max-width:640px){
.wrap{padding:0 14px}header{padding:16px 0 12px}header .wrap{gap:10px}h1{font-size:19px}h1 code{font-size:15px}
nav .wrap{flex-wrap:wrap;gap:0}nav ul{flex:1 1 100%;padding:6px 0 2px}nav label{flex:1 1 100%;padding-bottom:8px}nav input[type=search]{width:100%}
html{scroll-padding-top:96px}
section{padding:16px 14px;border-radius:10px}.tiles{grid-template-columns:repeat(2,1fr);gap:8px}.tiles div{padding:10px 12px}.tiles b{font-size:21px}
.verdict{padding:14px;gap:12px}.verdict svg{width:36px;height:36px;padding:5px}.verdict h2{font-size:17px}
.copied .copy{position:static;margin-bottom:8px}table{min-width:640px}.tools label{flex:1 1 100%}.tools input{width:100%}.line h3{flex-basis:100%}
footer dl{grid-template-columns:1fr}footer dd{margin-bottom:6px}
}
@media print{
:root,:root[data-theme]{${LIGHT}}
body{background:#fff;font-size:10.5pt}nav,.tools,.theme,.copy,.skip{display:none!important}
section,.tiles div{break-inside:avoid-page;border-color:#ccc}section:has(table){break-inside:auto}tr,li{break-inside:avoid}thead{display:table-header-group}
pre,.copied pre{max-height:none}.scroll{overflow:visible}.flow{min-width:0}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}
`;
