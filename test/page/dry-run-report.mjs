#!/usr/bin/env node
// Looks at the page of a dry run with a real browser, from a file: what its DOM shows, by keyboard, on a phone, in both colour schemes.
//
//   node test/page/dry-run-report.mjs [--shots FOLDER]     needs a build, and Chromium on the PATH (or CHROMIUM)
//
// The last line has the counts. Without a browser nothing is tested, and it says so.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { findBrowser, openBrowser } from './browser.mjs';

const PROGRAM = process.env.LOGFERRY_PROGRAM ?? path.join(import.meta.dirname, '../../dist/src/main.js');
const NOW = '2024-05-14T10:00:00Z';
const STREAMS = 10_000;
const shots = process.argv[2] === '--shots' ? process.argv[3] : undefined;
if (shots !== undefined) fs.mkdirSync(shots, { recursive: true });

const program = findBrowser();
if (program === undefined) {
  console.log('no Chromium on this machine: the page of the dry run was not looked at');
  process.exit(0);
}

const work = fs.mkdtempSync(path.join(os.tmpdir(), 'logferry-report-'));
process.on('exit', () => fs.rmSync(work, { recursive: true, force: true }));
let passed = 0;
let failed = 0;
async function check(name, act) {
  try {
    await act();
    passed++;
    console.log(`ok      ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAILED  ${name}\n        ${error.message.replaceAll('\n', '\n        ')}`);
  }
}
function equal(found, expected, what) {
  if (JSON.stringify(found) !== JSON.stringify(expected)) throw new Error(`${what}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`);
}
const text = (selector) => `document.querySelector(${JSON.stringify(selector)}).textContent`;
const texts = (selector) => `[...document.querySelectorAll(${JSON.stringify(selector)})].map((element) => element.textContent)`;
const count = (selector) => `document.querySelectorAll(${JSON.stringify(selector)}).length`;
const type = (id, value) => `(() => { const input = document.getElementById('${id}'); input.value = ${JSON.stringify(value)}; input.dispatchEvent(new Event('input')); })()`;

/** The page's address. */
function report(name, ...args) {
  const html = path.join(work, `${name}.html`);
  const { status, stderr } = spawnSync(process.execPath, [PROGRAM, 'dry-run', '--now', NOW, '--html', html, ...args], { cwd: path.join(import.meta.dirname, '../..'), encoding: 'utf8' });
  if (status === 1 || !fs.existsSync(html)) throw new Error(`the dry run failed: ${stderr}`);
  return pathToFileURL(html).href;
}

function configuration(name, lines, stream) {
  const folder = path.join(work, name);
  fs.mkdirSync(path.join(folder, 'var/log/app'), { recursive: true });
  fs.writeFileSync(path.join(folder, 'var/log/app/a.log'), lines.map((line) => `${line}\n`).join(''));
  const conf = path.join(folder, 'fluent.conf');
  fs.writeFileSync(conf, `<source>
  @type tail
  path /var/log/app/*.log
  pos_file /var/log/app.pos
  tag app
  read_from_head true
  <parse>
    @type json
  </parse>
</source>
<match app>
  @type cloudwatch_logs
  log_group_name /app
  ${stream}
  region eu-west-1
  auto_create_stream true
</match>
`);
  return ['-c', conf, '--root', folder];
}

const HOSTILE = '</script><script>document.title="taken"</script><img src=x onerror="document.title=1">\u2028\u202egnp.exe\u2066<!--';
const addresses = {
  sample: report('sample', '--sample', '--compare-config', 'conf/container-insights/fluent.conf'),
  hostile: report('hostile', ...configuration('hostile', [JSON.stringify({ m: HOSTILE }), HOSTILE], 'log_stream_name s')),
  many: report('many', ...configuration('many', Array.from({ length: STREAMS }, (_, i) => JSON.stringify({ s: `stream-${i}`, m: 'x'.repeat(i % 100) })), 'log_stream_name_key s')),
};

const browser = await openBrowser(program);
/** Errors, and whatever was asked for but the page itself. */
const problemsOf = (page, url) => page.problems.filter((problem) => problem !== `asks for ${url}`);
const open = async (url, options) => {
  const page = await browser.page(url, options);
  await page.until("document.documentElement.dataset.ready === 'yes'");
  return page;
};
try {
  for (const dark of [false, true])
    for (const width of [1280, 390])
      await check(`the sample fits ${width} pixels in ${dark ? 'dark' : 'light'} colours, with nothing loaded and no error`, async () => {
        const page = await open(addresses.sample, { width, dark, mobile: width === 390 });
        equal(problemsOf(page, addresses.sample), [], 'problems');
        equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true, 'no sideways scrolling of the page');
        equal(await page.evaluate("getComputedStyle(document.body).backgroundColor === 'rgb(15, 20, 26)'"), dark, 'dark background');
        if (shots !== undefined) await page.shoot(path.join(shots, `dry-run-${width}-${dark ? 'dark' : 'light'}.png`));
        await page.close();
      });

  const page = await open(addresses.sample, { width: 1280 });
  await check('verdict, figures and flow are those of the dry run', async () => {
    equal(await page.evaluate(text('#verdict-title')), 'Nothing would be lost', 'verdict');
    equal(await page.evaluate(texts('.tiles dt')), ['read', 'events', 'to store', 'log groups', 'lost', 'altered'], 'figures');
    equal(await page.evaluate(texts('svg.flow .node.source .name')), [
      'in_tail_container_logs', 'in_tail_cwagent_logs', 'in_tail_fluentd_logs', 'in_systemd_kubelet', 'in_systemd_kubeproxy', 'in_systemd_docker', 'in_tail_dmesg', 'in_tail_secure', 'in_tail_messages',
    ], 'sources');
    equal((await page.evaluate(texts('svg.flow .node[aria-label^="log group"] title'))).map((title) => title.split(':')[0]), [
      'log group /aws/containerinsights/sample/application', 'log group /aws/containerinsights/sample/dataplane', 'log group /aws/containerinsights/sample/host',
    ], 'groups');
    equal(await page.evaluate(`${count('svg.flow .band')} >= 12`), true, 'bands');
  });
  await check('a part of the flow shows its numbers when it has the focus', async () => {
    await page.evaluate("document.querySelector('svg.flow .node').focus()");
    equal(await page.evaluate(text('#flow-detail')), await page.evaluate("document.querySelector('svg.flow .node').dataset.detail"), 'detail');
    equal(await page.evaluate(`${count('svg.flow .band.on')} > 0`), true, 'its bands stand out');
  });
  await check('what does not change against the same configuration is said', async () => {
    equal((await page.evaluate(text('#changes p'))).includes('nothing changes'), true, 'changes');
  });
  await check('a table is sorted by the button of a column, and says so', async () => {
    const sort = "document.querySelector('#groups th:nth-child(2) button')";
    await page.evaluate(`${sort}.focus()`);
    await page.press('Enter');
    equal(await page.evaluate(`${sort}.parentElement.getAttribute('aria-sort')`), 'descending', 'aria-sort');
    equal(await page.evaluate(`${texts('#groups tbody th')}.map((name) => name.split('/').at(-1))`), ['application', 'host', 'dataplane'], 'by events');
    await page.press('Enter');
    equal(await page.evaluate(`${texts('#groups tbody th')}.map((name) => name.split('/').at(-1))`), ['dataplane', 'host', 'application'], 'and back');
  });
  await check('search leaves what has the words', async () => {
    await page.evaluate(type('search', 'kubelet dataplane'));
    await page.until(`${texts('#streams-table tbody th')}.length === 1`);
    equal((await page.evaluate(`[...document.querySelectorAll('#routes tbody tr:not([hidden])')].length`)), 1, 'rows of routes');
    await page.evaluate(type('search', ''));
    await page.until(`${count('#streams-table tbody tr')} === 17`);
  });
  await check('the button changes the colours', async () => {
    await page.evaluate("document.getElementById('theme').click()");
    equal(await page.evaluate('document.documentElement.dataset.theme'), 'dark', 'theme');
    equal(await page.evaluate("document.getElementById('theme').getAttribute('aria-label')"), 'Switch to light colours', 'label');
  });
  await check('every table has a caption, every section a heading, every button and field a name', async () => {
    equal(await page.evaluate("[...document.querySelectorAll('table')].filter((table) => !table.caption?.textContent).length"), 0, 'tables');
    equal(await page.evaluate("[...document.querySelectorAll('main section')].filter((section) => !document.getElementById(section.getAttribute('aria-labelledby'))).length"), 0, 'sections');
    const nodes = await page.accessible();
    equal(nodes.filter(({ role, name }) => ['button', 'searchbox', 'link'].includes(role) && !name).length, 0, 'names');
    equal(['banner', 'navigation', 'main', 'contentinfo'].filter((role) => !nodes.some((node) => node.role === role)), [], 'landmarks');
    equal(await page.evaluate(`${count('h1')}`), 1, 'one main heading');
  });
  await check('text has a contrast of 4.5 to 1 in both colour schemes', async () => {
    for (const theme of ['light', 'dark']) {
      equal(await page.evaluate(`(() => {
        document.documentElement.dataset.theme = '${theme}';
        const parse = (colour) => colour.match(/[\\d.]+/g).map(Number);
        const light = ([r, g, b]) => { const f = (v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b); };
        const behind = (element) => { for (let e = element; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
        const bad = new Set();
        for (const element of document.querySelectorAll('body *:not(svg *)')) {
          if (![...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()) || !element.checkVisibility?.() || element.matches('script,[disabled],.sr,.skip')) continue;
          const [a, b] = [light(parse(getComputedStyle(element).color)), light(behind(element))];
          if ((Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5) bad.add(element.tagName + '.' + element.className);
        }
        return [...bad];
      })()`), [], theme);
    }
  });
  await page.close();

  await check('a log line cannot become markup, and what is hidden in it is shown', async () => {
    const hostile = await open(addresses.hostile, { width: 1280 });
    equal(problemsOf(hostile, addresses.hostile), [], 'problems');
    equal((await hostile.evaluate('document.title')).startsWith('Dry run: '), true, 'title');
    equal(await hostile.evaluate(count('img, main script, iframe')), 0, 'elements');
    equal(await hostile.evaluate(text('#findings pre')), HOSTILE.replace('\u2028', '[U+2028]').replace('\u202e', '[U+202E]').replace('\u2066', '[U+2066]'), 'sample of the finding');
    equal(await hostile.evaluate(text('#verdict-title')), 'Something would be lost', 'verdict');
    equal(await hostile.evaluate("JSON.parse(document.getElementById('report').textContent).verdict.totals.lost"), 1, 'embedded report');
    await hostile.close();
  });

  await check(`${STREAMS} streams are paged, searched and sorted`, async () => {
    const many = await open(addresses.many, { width: 1280 });
    equal(await many.evaluate(count('#streams-table tbody tr')), 50, 'rows of a page');
    equal(await many.evaluate(text('#streams-count')), '1–50 of 10,000', 'count');
    await many.evaluate("document.getElementById('streams-next').click()");
    equal(await many.evaluate(text('#streams-count')), '51–100 of 10,000', 'next page');
    await many.evaluate(type('streams-search', 'stream-777'));
    equal(await many.evaluate(text('#streams-count')), '1–11 of 11 found', 'found');
    await many.evaluate(type('streams-search', ''));
    await many.evaluate("document.querySelector('#streams-table th:nth-child(4) button').click()");
    equal(await many.evaluate(`${text('#streams-table tbody td:nth-of-type(3)')}`), '125 B', 'the largest first');
    await many.close();
  });
} finally {
  await browser.close();
}
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
