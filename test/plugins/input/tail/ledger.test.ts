/** Every line that is read is accounted for: emitted, dropped for a reason, joined to others, or held. */
import { writeFileSync } from 'node:fs';
import { describe, expect, test as plainTest } from 'vitest';
import { BufferOverflowError } from '../../../../src/errors.ts';
import type { Parser } from '../../../../src/plugin.ts';
import { Folder, noneParser, NOW, until, type Given, type Running } from './harness.ts';

const test = plainTest.extend<{ folder: Folder }>({
  // eslint-disable-next-line no-empty-pattern -- the form that vitest reads
  folder: async ({}, use) => {
    const folder = new Folder();
    await use(folder);
    await folder.remove();
  },
});

type Account = Record<string, number>;

/** The counters of the ledger that are not zero, and the events that the router got. */
function account({ context, router }: Running): Account {
  const found: Account = {};
  for (const { name, labels, value } of context.metrics.read()) {
    if (!/^input_(?!file_|bytes)/.test(name) || value === 0) continue;
    const short = name.replace(/^input_(?:(dropped)_lines|(\w+?)(?:_lines|_events)?)(?:_total)?$/, '$1$2');
    found[labels['reason'] === undefined ? short : `${short} ${labels['reason']}`] = value;
  }
  return { ...found, emitted: router.batches.reduce((sum, batch) => sum + batch.size, 0) };
}

/** What is missing in an account: 0 if it balances. */
function difference(of: Account): number {
  const { lines = 0, joined = 0, split = 0, held = 0, emitted = 0 } = of;
  const dropped = Object.entries(of).reduce((sum, [key, value]) => (key.startsWith('dropped ') ? sum + value : sum), 0);
  return lines - (emitted + dropped + joined - split + held);
}

const record = (text: string) => ({ time: NOW, record: new Map([['message', text]]) });
const picky: Parser = {
  parse(text) {
    if (text.startsWith('throw')) throw new Error('thrown');
    if (text.startsWith('no')) return undefined;
    if (text.startsWith('list ')) return text.slice(5).split(',').filter((each) => each !== '').map(record);
    return record(text);
  },
};
const multiline: Parser = { ...picky, multiline: { firstLine: (text) => text.startsWith('>') } };
const untilMatch: Parser = { parse: (text) => (text.trimEnd().endsWith('.') ? record(text) : undefined), multiline: {} };

const cases: readonly [string, Parser, Given, string, Account][] = [
  ['plain lines', noneParser, {}, 'a\n\n\r\nb\n', { lines: 4, emitted: 4 }],
  ['an unfinished line is none yet', noneParser, {}, 'a\nb', { lines: 1, emitted: 1 }],
  ['lines that do not match', picky, {}, 'a\nno\nthrow\nb\n', { lines: 4, emitted: 2, 'dropped unparsed': 2 }],
  ['those are kept with emit_unmatched_lines, but one that makes the parser throw', picky, { emit_unmatched_lines: true }, 'a\nno\nthrow\n',
    { lines: 3, emitted: 2, 'dropped unparsed': 1 }],
  ['several events of a line, and none', picky, {}, 'list a,b,c\nlist \nd\n', { lines: 3, emitted: 4, split: 2, 'dropped unparsed': 1 }],
  ['lines that are too long', noneParser, { max_line_size: 5 }, `ok\n${'x'.repeat(9)}\n${'y'.repeat(400_000)}\nok\n`,
    { lines: 4, emitted: 2, 'dropped too_long': 2 }],
  ['nothing but lines that are too long', noneParser, { max_line_size: 2 }, 'xxxx\nyyyy\n', { lines: 2, emitted: 0, 'dropped too_long': 2 }],
  ['events of several lines', multiline, {}, 'odd\n>1\n x\n y\n>2\n>3\n z\n', { lines: 7, emitted: 2, joined: 2, 'dropped before_first_line': 1, held: 2 }],
  ['events of several lines that do not match', { ...multiline, parse: () => undefined }, {}, '>1\n x\n>2\n', { lines: 3, emitted: 0, 'dropped unparsed': 2, held: 1 }],
  ['lines before the first one are kept with emit_unmatched_lines', multiline, { emit_unmatched_lines: true }, 'odd\n>1\n', { lines: 2, emitted: 1, held: 1 }],
  ['lines until they match', untilMatch, {}, 'a\nb.\nc.\nd\n', { lines: 4, emitted: 2, joined: 1, held: 1 }],
  ['small batches', noneParser, { read_lines_limit: 2 }, 'a\nb\nc\nd\ne\n', { lines: 5, emitted: 5 }],
  ['two bytes for each character', noneParser, { from_encoding: 'UTF-16LE', encoding: 'UTF-8' }, Buffer.from('ab\ncd\n', 'utf16le').toString('latin1'), { lines: 2, emitted: 2 }],
];

describe.concurrent('lines are emitted, dropped, joined or held', () => {
  for (const [name, parser, given, text, expected] of cases)
    test(name, async ({ folder }) => {
      folder.write('a.log', Buffer.from(text, 'latin1'));
      const tail = await folder.tail(given, parser);
      await until(() => account(tail)['lines'] === expected['lines'], () => JSON.stringify(account(tail)));
      await until(() => difference(account(tail)) === 0, () => JSON.stringify(account(tail)));
      expect(account(tail)).toEqual(expected);
      await tail.stop();
      expect(difference(account(tail))).toBe(0);
      expect(account(tail)['held']).toBeUndefined();
    });

  test('through rotation, truncation and removal with unfinished lines', async ({ folder }) => {
    folder.write('a.log', '>1\n x\n>2');
    const tail = await folder.tail({}, multiline);
    await until(() => account(tail)['held'] === 2);
    folder.rename('a.log', 'a.log.1');
    folder.write('a.log', '>3\n>4\nrest');
    await until(() => account(tail)['emitted'] === 3, () => JSON.stringify(account(tail)));
    writeFileSync(folder.at('a.log'), '');
    await until(() => account(tail)['lines'] === 6, () => JSON.stringify(account(tail)));
    folder.append('a.log', '>5\n');
    folder.rename('a.log', 'gone');
    await until(() => account(tail)['emitted'] === 5, () => JSON.stringify(account(tail)));
    expect(account(tail)).toEqual({ lines: 7, joined: 2, emitted: 5 });
    // An event of the old file comes before those of the next one, a line without its end when rotate_wait is over.
    expect(tail.messages()).toEqual(['>1\n x', '>3', '>2', '>4\nrest', '>5']);
  });

  test('the unfinished rest of a line that is too long is counted when the file goes', async ({ folder }) => {
    folder.write('a.log', `ok\n${'x'.repeat(300_000)}`);
    const tail = await folder.tail({ max_line_size: 1000 });
    await until(() => tail.messages().length === 1);
    folder.rename('a.log', 'gone');
    await until(() => account(tail)['dropped too_long'] === 1);
    expect(account(tail)).toEqual({ lines: 2, emitted: 1, 'dropped too_long': 1 });
  });

  test('what cannot be emitted is dropped, what a full buffer refuses is held, at the end too, and comes with the next start', async ({ folder }) => {
    folder.write('a.log', 'a\nb\n');
    const tail = folder.create();
    tail.router.fail = new Error('broken');
    await tail.input.start?.();
    await until(() => account(tail)['dropped not_emitted'] === 2);
    tail.router.fail = new BufferOverflowError('full');
    folder.append('a.log', 'c\nd\ne\n');
    await until(() => account(tail)['held'] === 3);
    await tail.stop();
    expect(account(tail)).toEqual({ lines: 5, emitted: 0, 'dropped not_emitted': 2, held: 3 });
    const next = await folder.tail();
    await until(() => next.messages().length === 3);
    expect(account(next)).toEqual({ lines: 3, emitted: 3 });
  });

  test('an output that lets wait has the events', async ({ folder }) => {
    folder.write('a.log', 'a\nb\n');
    const tail = folder.create({ read_lines_limit: 1 });
    let release = () => {};
    const { emit } = tail.router;
    tail.router.emit = (batch) => {
      void emit(batch);
      return new Promise<void>((resolve) => (release = resolve));
    };
    await tail.input.start?.();
    await until(() => tail.messages().length === 1);
    expect(account(tail)).toEqual({ lines: 2, emitted: 1, held: 1 });
    release();
    await until(() => tail.messages().length === 2);
    expect(account(tail)).toEqual({ lines: 2, emitted: 2 });
    release();
    await tail.stop();
  });
});

describe.concurrent('counters of files', () => {
  const ofFiles = (tail: Running) =>
    Object.fromEntries([...tail.context.metrics.read()].filter(({ name }) => name.startsWith('input_file_'))
      .map(({ name, labels, value }) => [`${name.replace('input_file_', '')} ${labels['path']!.split('/').at(-1)}`, value]));

  test('there are lines, bytes and unread bytes for each path, as long as it has a file', async ({ folder }) => {
    folder.write('a.log', '1\n2\n');
    folder.write('b.log', '1\n');
    const tail = await folder.tail();
    await until(() => tail.messages().length === 3);
    expect(ofFiles(tail)).toEqual({
      'lines_total a.log': 2, 'bytes_total a.log': 4, 'unread_bytes a.log': 0, 'lines_total b.log': 1, 'bytes_total b.log': 2, 'unread_bytes b.log': 0,
    });
    folder.rename('b.log', 'b.old');
    folder.rename('a.log', 'a.log.1');
    folder.write('a.log', '3\n');
    await until(() => Object.keys(ofFiles(tail)).length === 3 && tail.messages().length === 4);
    await until(() => (tail.input.status!() as { files: unknown[] }).files.length === 1);
    expect(ofFiles(tail)).toEqual({ 'lines_total a.log': 3, 'bytes_total a.log': 6, 'unread_bytes a.log': 0 });
    await tail.stop();
    expect(ofFiles(tail)).toEqual({});
  });

  test('bytes that wait for an output are unread', async ({ folder }) => {
    folder.write('a.log', '');
    const tail = await folder.tail({ read_lines_limit: 1 });
    tail.router.fail = new BufferOverflowError('full');
    folder.append('a.log', '1\n');
    await until(() => tail.logged('warn').length === 1);
    folder.append('a.log', '2\n33\n');
    await until(() => ofFiles(tail)['unread_bytes a.log'] === 5);
  });
});
