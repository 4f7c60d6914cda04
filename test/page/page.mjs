#!/usr/bin/env node
// Looks at the live page with a real browser while an agent runs: what its DOM shows, by keyboard, by touch, in both colour schemes.
//
//   node test/page/page.mjs [--shots FOLDER]     needs a build, and Chromium on the PATH (or CHROMIUM)
//
// The last line has the counts. Without a browser nothing is tested, and it says so.
import fs from 'node:fs';
import path from 'node:path';
import { findBrowser, openBrowser } from './browser.mjs';
import { openScene } from './scene.mjs';

const PROGRAM = process.env.LOGFERRY_PROGRAM ?? path.join(import.meta.dirname, '../../dist/src/main.js');
const shots = process.argv[2] === '--shots' ? process.argv[3] : undefined;
if (shots !== undefined) fs.mkdirSync(shots, { recursive: true });

const program = findBrowser();
if (program === undefined) {
  console.log('no Chromium on this machine: the page was not looked at');
  process.exit(0);
}

let passed = 0;
let failed = 0;
async function check(name, work) {
  try {
    await work();
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

const browser = await openBrowser(program);
const scene = await openScene(PROGRAM);
try {
  const page = await browser.page(scene.url, { width: 1280 });
  await page.until(`${text('#state-text')} === 'All is well' && document.querySelectorAll('#files tbody tr').length >= 5`);
  await page.until(`document.querySelectorAll('#graph .edge:not(.still)').length >= 8`);

  await check('the pipeline has every input, label, filter and output, and lines between them', async () => {
    equal(await page.evaluate(texts('#graph .input .type')), ['tail', 'tail', 'sample'], 'inputs');
    equal(await page.evaluate(texts('#graph .label .type')), ['top level', '@containers', '@host', '@NORMAL'], 'labels');
    equal(await page.evaluate(`${texts('#graph .label g title')}.map((title) => title.split(' ')[1])`), ['record_transformer', 'grep', 'record_transformer'], 'filters');
    equal((await page.evaluate(`${texts('#graph .output title')}.map((title) => title.split(' ')[1])`)).sort(), ['cloudwatch_logs', 'copy', 'null', 'null', 'null', 'relabel', 'relabel'], 'outputs');
    equal(await page.evaluate(`document.querySelectorAll('#graph .edge').length`), 12, 'lines');
  });
  await check('rates are those of the agent', async () => {
    const rates = await page.evaluate(`${texts('#graph .input .rate')}.map(Number)`);
    if (!(rates[0] > 100 && rates[2] > 1 && rates[2] < 6)) throw new Error(`rates of the inputs are ${rates}`);
    const [top] = await page.evaluate(`${texts('#graph .label > .rate')}.map(Number)`);
    if (!(top > 1 && top < 6)) throw new Error(`the rate of the top level is ${top}`);
  });
  await check('files are sorted as a person asks, and found', async () => {
    equal(await page.evaluate(`document.querySelector('#files th[data-key="unreadBytes"]').getAttribute('aria-sort')`), 'descending', 'order at first');
    await page.evaluate(`document.querySelector('#files th[data-key="path"] button').click()`);
    const paths = await page.evaluate(texts('#files tbody td:first-child'));
    equal(paths, paths.toSorted(), 'paths');
    equal(await page.evaluate(`document.querySelector('#files th[data-key="path"]').getAttribute('aria-sort')`), 'ascending', 'order then');
    await page.evaluate(`(() => { const find = document.getElementById('files-find'); find.value = 'billing'; find.dispatchEvent(new Event('input')); })()`);
    equal((await page.evaluate(texts('#files tbody tr'))).length, 1, 'files that were found');
    await page.evaluate(`(() => { const find = document.getElementById('files-find'); find.value = ''; find.dispatchEvent(new Event('input')); })()`);
  });
  await check('the ledger balances, and numbers go on', async () => {
    equal(await page.evaluate(text('#balance')).then((found) => found.trim()), 'balanced', 'balance');
    const before = await page.evaluate(text('#ledger dd'));
    await page.until(`${text('#ledger dd')} !== ${JSON.stringify(before)}`);
  });
  await check('warnings of the agent are there', () => page.until(`${text('#log')}.includes('pattern not matched')`));
  await check('the tap shows events and ends', async () => {
    await page.evaluate(`document.getElementById('tap-form').requestSubmit()`);
    await page.until(`document.querySelectorAll('#tap li b').length > 5`);
    equal(await page.evaluate(text('#tap-start')), 'Stop', 'button');
    await page.evaluate(`document.getElementById('tap-form').requestSubmit()`);
    await page.until(`${text('#tap-note')} === 'Stopped.'`);
  });
  await check('a wrong pattern is told where it was asked', async () => {
    await page.evaluate(`document.getElementById('tap-tag').value = '{a'; document.getElementById('tap-form').requestSubmit()`);
    await page.until(`${text('#tap-note')}.startsWith('expected } in the pattern')`);
  });
  await check('the keyboard reaches everything, the link to the pipeline first', async () => {
    await page.evaluate(`document.activeElement.blur(); getSelection().removeAllRanges(); scrollTo(0, 0)`);
    const reached = [];
    for (let i = 0; i < 30; i++) {
      await page.press('Tab');
      reached.push(await page.evaluate(`(() => { const { id, className, textContent, tagName } = document.activeElement; return id || className || tagName + ' ' + textContent.trim().slice(0, 12); })()`));
    }
    for (const wanted of ['theme', 'files-find', 'tap-tag', 'tap-stage', 'tap-start', 'BUTTON Unread', 'SUMMARY All steps as']) if (!reached.includes(wanted)) throw new Error(`${wanted} is not among ${reached.join(', ')}`);
  });
  await check('a screen reader finds landmarks, headings and names', async () => {
    const nodes = await page.accessible();
    for (const role of ['banner', 'main', 'contentinfo']) if (!nodes.some((node) => node.role === role)) throw new Error(`there is no ${role}`);
    const headings = nodes.filter(({ role }) => role === 'heading').map(({ name }) => name.split(' ')[0]);
    equal(headings, ['Logferry', 'Overview', 'Pipeline', 'Buffers', 'Files', 'Ledger', 'Warnings', 'Tap'], 'headings');
    const nameless = nodes.filter(({ role, name }) => ['button', 'textbox', 'searchbox', 'combobox', 'image'].includes(role) && !name);
    equal(nameless.filter(({ role }) => role !== 'image'), [], 'controls without a name');
  });
  await check('the colours can be chosen, and the choice stays', async () => {
    const back = `getComputedStyle(document.documentElement).backgroundColor`;
    const light = await page.evaluate(back);
    for (let i = 0; i < 2; i++) await page.evaluate(`document.getElementById('theme').click()`);
    equal(await page.evaluate(`document.documentElement.dataset.theme`), 'dark', 'theme');
    if ((await page.evaluate(back)) === light) throw new Error('nothing became dark');
    // The document that goes answers for a while.
    await page.evaluate(`window.isOld = true; location.reload()`);
    await page.until(`window.isOld === undefined && document.readyState === 'complete' && document.documentElement.dataset.theme === 'dark'`);
    await page.evaluate(`document.getElementById('theme').click()`);
  });
  await check('text has enough contrast in both schemes', async () => {
    for (const dark of [false, true]) {
      const seen = await browser.page(scene.url, { width: 1280, dark });
      await seen.until(`${text('#state-text')} === 'All is well'`);
      equal(await seen.evaluate(`(${lowContrast})()`), [], dark ? 'dark' : 'light');
      await seen.close();
    }
  });
  for (const [name, options] of [['wide', { width: 1280 }], ['phone', { width: 390, mobile: true }], ['small-phone', { width: 320, mobile: true }]]) {
    for (const dark of [false, true]) {
      await check(`nothing sticks out: ${name}, ${dark ? 'dark' : 'light'}`, async () => {
        const seen = await browser.page(scene.url, { ...options, dark });
        await seen.until(`document.querySelectorAll('#graph .edge:not(.still)').length >= 8`);
        equal(await seen.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth'), true, 'fits');
        if (shots !== undefined) {
          // Time for a line in the tiles.
          await seen.until('document.querySelector(".tile polyline").getAttribute("points").split(" ").length > 6');
          await seen.shoot(path.join(shots, `${name}-${dark ? 'dark' : 'light'}.png`));
        }
        equal(seen.problems, [], 'problems');
        await seen.close();
      });
    }
  }
  await page.bringToFront();
  await check('no script failed, and nothing was asked of anybody else', async () => equal(page.problems.filter((one) => !one.includes('/api/tap?tag=%7Ba')), [], 'problems'));

  await check('an agent that is gone is told', async () => {
    await scene.close();
    await page.until(`${text('#state-text')} === 'Not reachable'`);
  });
  await page.close();

  const refusing = await openScene(PROGRAM, { refuse: true });
  await check('a stall is told on top, with what waits', async () => {
    const seen = await browser.page(refusing.url, { width: 1280 });
    await seen.until(`${text('#state-text')} === 'Stalled'`, 30_000);
    await seen.until(`/output cloudwatch_logs \\(to_cloudwatch\\) has not delivered anything for \\d+ s, \\d+ events are waiting/.test(${text('#reasons')})`);
    equal(JSON.parse((await refusing.get('/readyz')).body).ok, false, 'readiness');
    if (shots !== undefined) await seen.shoot(path.join(shots, 'stalled.png'));
    await seen.close();
  });
  await refusing.close();
} finally {
  await scene.close();
  await browser.close();
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

/** Runs in the page: texts whose contrast is below what WCAG AA asks for (4.5; 3 for large ones). */
function lowContrast() {
  const channels = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((value) => (value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const [r, g, b, a = 1] = channels(getComputedStyle(at).backgroundColor);
      if (a === 1 && r !== undefined && getComputedStyle(at).backgroundColor.startsWith('rgb')) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const bad = [];
  for (const element of document.querySelectorAll('body *')) {
    if (element.closest('svg') || element.offsetParent === null || ![...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim())) continue;
    const style = getComputedStyle(element);
    if (!style.color.startsWith('rgb')) continue;
    const [one, two] = [luminance(channels(style.color)), luminance(behind(element))].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (two + 0.05);
    if (ratio < (parseFloat(style.fontSize) >= 24 ? 3 : 4.5)) bad.push(`${element.textContent.trim().slice(0, 30)}: ${ratio.toFixed(2)}`);
  }
  return [...new Set(bad)];
}
