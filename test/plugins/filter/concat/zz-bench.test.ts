import { it } from 'vitest';
import concat from '/work/main/plugins/filter/concat/index.ts';
import { TextBatch } from '/work/main/src/text-batch.ts';
import { createPlugin, testContext } from '/work/main/test/support/context.ts';

function block(cont: (i: number) => boolean): TextBatch {
  const lines: string[] = [];
  for (let i = 0, n = 0; n < 256 * 1024; i++) { const l = `2022-10-03T10:00:01.110983123Z stdout F ${cont(i) ? '   at ' : '2022-10-03 '}some log text of ordinary length number ${i} with words in it\n`; lines.push(l); n += l.length; }
  const bytes = Buffer.from(lines.join(''));
  const n = lines.length;
  const mk = () => ({ starts: new Int32Array(n), ends: new Int32Array(n) });
  const stream = mk(), flag = mk(), log = mk();
  let at = 0;
  lines.forEach((l, i) => { stream.starts[i] = at + 31; stream.ends[i] = at + 37; flag.starts[i] = at + 38; flag.ends[i] = at + 39; log.starts[i] = at + 40; log.ends[i] = at + l.length - 1; at += l.length; });
  const times = { sec: new Float64Array(n).fill(1), nsec: new Int32Array(n) };
  return new TextBatch('t', 0, n, times, [{ kind: 'span', key: 'stream', bytes, ...stream }, { kind: 'span', key: 'logtag', bytes, ...flag }, { kind: 'span', key: 'log', bytes, ...log }, { kind: 'constant', key: 'k', value: 1 }]);
}
it('bench', () => {
  for (const [name, cont, given] of [
    ['\\S none', () => false, { multiline_start_regexp: '/^\\S/', separator: '' }],
    ['\\S 10% cont', (i: number) => i % 10 === 5, { multiline_start_regexp: '/^\\S/', separator: '' }],
    ['\\S 80% cont', (i: number) => i % 10 > 1, { multiline_start_regexp: '/^\\S/', separator: '' }],
    ['date none', () => false, { multiline_start_regexp: '/^\\d{4}[-\\/]\\d{1,2}[-\\/]\\d{1,2}/', separator: '' }],
    ['regexp text', () => false, { multiline_start_regexp: '/^\\d{4}.*log/', separator: '' }],
    ['cri', () => false, { use_partial_cri_logtag: true, partial_cri_logtag_key: 'logtag', separator: '' }],
  ] as const) {
    const b = block(cont as never);
    const f: any = createPlugin(concat as any, { key: 'log', flush_interval: 5, timeout_label: '@L', ...given } as any, testContext());
    for (let i = 0; i < 300; i++) f.filter(b);
    const t = performance.now();
    const N = 1000;
    for (let i = 0; i < N; i++) f.filter(b);
    const ms = (performance.now() - t) / N;
    console.log(name, b.size, 'rows', (ms * 1000).toFixed(1), 'us/block', (0.25 / ms * 1000).toFixed(0), 'MB/s');
  }
}, 60000);
