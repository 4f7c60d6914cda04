/** Files that cannot be read as files, and what stands in them: the file beside is delivered completely. */
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { cloudWatch, messages, tail, until } from '../support/agent.ts';
import { test } from '../support/e2e.ts';

const json = (message: string): string => JSON.stringify({ message });

describe('files that cannot be read', () => {
  test('a link that leads to itself is named once and counted, and read once it leads to a file', async ({ place }) => {
    place.write('logs/good.log', 'one\n');
    place.write('target', 'late\n');
    symlinkSync('bad.log', place.at('logs/bad.log'));
    const endpoint = await place.endpoint();
    const running = await place.start(tail('logs/*.log', 'app.*') + cloudWatch(endpoint.url));
    const stream = (name: string) => messages(endpoint, `app.${place.at(`logs/${name}`).slice(1).replaceAll('/', '.')}`);
    place.append('logs/good.log', 'two\n');
    await until(() => stream('good.log').length === 2);
    expect(running.logged()).toEqual(['warn: stat() for logs/bad.log failed with ELOOP. Skip file.']);
    expect(running.metric('tail_file_unreadable_total')).toBe(1);
    expect(stream('good.log')).toEqual([json('one'), json('two')]);
    expect(stream('bad.log')).toEqual([]);

    rmSync(place.at('logs/bad.log'));
    symlinkSync(place.at('target'), place.at('logs/bad.log'));
    await until(() => stream('bad.log').length === 1);
    expect(stream('bad.log')).toEqual([json('late')]);
    expect(running.metric('tail_file_unreadable_total')).toBe(1);
  });

  test('a folder in the place of a file is named once and counted', async ({ place }) => {
    place.write('logs/good.log', 'one\ntwo\n');
    mkdirSync(place.at('logs/folder.log'));
    const endpoint = await place.endpoint();
    const running = await place.start(tail('logs/folder.log,DIR/logs/good.log', 'app') + cloudWatch(endpoint.url));
    place.append('logs/good.log', 'three\n');
    await until(() => messages(endpoint, 'app').length === 3);
    expect(messages(endpoint, 'app')).toEqual(['one', 'two', 'three'].map(json));
    expect(running.logged()).toEqual(['warn: logs/folder.log is a folder. It is left out.']);
    expect(running.metric('tail_file_unreadable_total')).toBe(1);
  });
});

describe('bytes that are no text', () => {
  test('invalid UTF-8 arrives with replacement characters, NUL bytes as they are', async ({ place }) => {
    place.write('logs/bad.log', Buffer.concat([
      Buffer.from('before\n'),
      Buffer.from([0x61, 0xff, 0xfe, 0x62, 0x0a]),
      Buffer.from([0xe2, 0x82, 0x0a]),
      Buffer.from([0x00, 0x01, 0x02, 0x7f, 0x00, 0x0a]),
      Buffer.from('after\n'),
    ]));
    place.write('logs/good.log', 'one\ntwo\n');
    const endpoint = await place.endpoint();
    const running = await place.start(
      tail('logs/bad.log', 'bad') + tail('logs/good.log', 'good', 'pos_file DIR/good.pos') + cloudWatch(endpoint.url),
    );
    await until(() => messages(endpoint, 'bad').length === 5 && messages(endpoint, 'good').length === 2);
    expect(messages(endpoint, 'bad').map((text) => (JSON.parse(text) as { message: string }).message)).toEqual([
      'before', 'a\ufffd\ufffdb', '\ufffd', '\u0000\u0001\u0002\u007f\u0000', 'after',
    ]);
    expect(messages(endpoint, 'good')).toEqual(['one', 'two'].map(json));
    expect(running.metric('input_lines_total')).toBe(7);
    await until(() => running.metric('cloudwatch_delivered_events_total') === 7);
    expect(running.logged()).toEqual([]);
  });
});
