import { afterEach, describe, expect, test } from 'vitest';
import { ConfigError } from '../../src/errors.ts';
import { cloudWatch, messages, Place, tail, until } from '../support/agent.ts';

let place: Place;
afterEach(() => place.remove());

const HEAD = '<system>\n  root_dir DIR/root\n</system>\n<match fluent.**>\n  @type null\n</match>\n';

/** Writes the configuration that the next reload reads. */
function configure(text: string): void {
  place.write('fluent.conf', `${HEAD}${text}`.replaceAll('DIR', place.path));
}

describe('a reload', () => {
  test('goes on with unchanged inputs and outputs and sends each line once', async () => {
    place = new Place();
    const endpoint = await place.endpoint();
    place.write('a.log', 'one\n');
    const config = `${tail('a.log', 'a')}${cloudWatch(endpoint.url)}`;
    const running = await place.start(config);
    await until(() => messages(endpoint, 'a').length === 1, 3000, () => [running.logged(/./), endpoint.store.summary()]);
    configure(`${tail('a.log', 'a')}<filter a>\n  @type grep\n  <exclude>\n    key message\n    pattern /two/\n  </exclude>\n</filter>\n${cloudWatch(endpoint.url)}`);
    await running.agent.reload();
    place.append('a.log', 'two\nthree\n');
    await until(() => messages(endpoint, 'a').length === 2);
    await running.stop();
    expect(messages(endpoint, 'a').map((text) => JSON.parse(text))).toEqual([{ message: 'one' }, { message: 'three' }]);
    expect(running.agent.ledger().imbalances).toEqual([]);
  });

  test('refuses a wrong configuration with all its problems, and the old one runs on', async () => {
    place = new Place();
    const endpoint = await place.endpoint();
    place.write('a.log', 'one\n');
    const running = await place.start(`${tail('a.log', 'a')}${cloudWatch(endpoint.url)}`);
    configure('<source>\n  @type tial\n</source>\n<match **>\n  @type nul\n</match>\n');
    const refused = await running.agent.reload().then(() => undefined, (error: unknown) => error);
    expect(refused).toBeInstanceOf(ConfigError);
    expect((refused as ConfigError).problems.map(({ message }) => message)).toEqual([
      expect.stringContaining("'tial'"), expect.stringContaining("'nul'"),
    ]);
    place.append('a.log', 'two\n');
    await until(() => messages(endpoint, 'a').length === 2);
  });

  test('a changed input hands over an event of several lines as it is: its lines are not joined with any that are read again', async () => {
    place = new Place();
    const endpoint = await place.endpoint();
    place.write('a.log', 'one\n more\n');
    const concat = '<filter **>\n  @type concat\n  key message\n  multiline_start_regexp /^\\S/\n  flush_interval 60\n  timeout_label @LATE\n</filter>\n';
    const config = (tag: string) => `${tail('a.log', tag)}${concat}${cloudWatch(endpoint.url)}<label @LATE>\n${cloudWatch(endpoint.url)}</label>\n`;
    const running = await place.start(config('a'));
    await until(() => running.metric('input_emitted_records_total') === 2);
    configure(config('b'));
    await running.agent.reload();
    place.append('a.log', 'two\n more\nthree\n');
    await until(() => running.metric('input_emitted_records_total') === 5);
    await running.stop();
    expect(messages(endpoint, 'a')).toEqual([JSON.stringify({ message: 'one\n more' })]);
    expect(messages(endpoint, 'b').toSorted()).toEqual(['three', 'two\n more'].map((message) => JSON.stringify({ message })));
    expect(running.agent.ledger().imbalances).toEqual([]);
  });

  test('delivers what a changed input had read before another one reads the same file', async () => {
    place = new Place();
    const endpoint = await place.endpoint();
    place.write('a.log', Array.from({ length: 500 }, (_, i) => `${i}\n`).join(''));
    const running = await place.start(`${tail('a.log', 'a')}${cloudWatch(endpoint.url, { buffer: 'flush_interval 60' })}`);
    await until(() => running.metric('input_emitted_records_total') === 500);
    configure(`${tail('a.log', 'b')}${cloudWatch(endpoint.url, { buffer: 'flush_interval 60' })}`);
    await running.agent.reload();
    place.append('a.log', 'last\n');
    await until(() => running.metric('input_emitted_records_total') === 501);
    await running.stop();
    expect(messages(endpoint, 'a')).toHaveLength(500);
    expect(messages(endpoint, 'b')).toEqual(['{"message":"last"}']);
    expect(running.agent.ledger().imbalances).toEqual([]);
  });

  test('an output that is gone delivers what it holds, and a file buffer changes hands', async () => {
    place = new Place();
    const endpoint = await place.endpoint();
    place.write('a.log', 'one\n');
    const filed = (more: string): string => cloudWatch(endpoint.url, { more, buffer: '@type file\n path DIR/buffer\n flush_interval 60' });
    const running = await place.start(`${tail('a.log', 'a')}${filed('')}`);
    await until(() => running.metric('input_emitted_records_total') === 1);
    configure(`${tail('a.log', 'a')}${filed('retention_in_days 3')}`);
    await running.agent.reload();
    place.append('a.log', 'two\n');
    await until(() => running.metric('input_emitted_records_total') === 2);
    await running.agent.flushBuffers();
    await until(() => messages(endpoint, 'a').length === 2);
    configure(`${tail('a.log', 'a')}${cloudWatch(endpoint.url, { buffer: 'flush_interval 50' })}`);
    await running.agent.reload();
    place.append('a.log', 'three\n');
    await until(() => running.metric('input_emitted_records_total') === 3);
    configure(`${tail('a.log', 'a')}<match **>\n  @type null\n</match>\n`);
    await running.agent.reload();
    await until(() => messages(endpoint, 'a').length === 3);
    await running.stop();
    expect(messages(endpoint, 'a').map((text) => JSON.parse(text).message)).toEqual(['one', 'two', 'three']);
    expect(running.agent.ledger().imbalances).toEqual([]);
    expect(running.agent.ledger().outputs.map(({ waiting }) => waiting).filter((waiting) => waiting !== 0)).toEqual([]);
  });

  test('an output that is gone goes on trying to deliver what it holds in memory', async () => {
    place = new Place();
    const endpoint = await place.endpoint({ faults: [{ action: 'AccessDeniedException' }] });
    place.write('a.log', 'one\n');
    const running = await place.start(`${tail('a.log', 'a')}${cloudWatch(endpoint.url)}`);
    await until(() => running.logged().some((line) => line.includes('failed to flush the buffer')));
    configure(`${tail('a.log', 'a')}${cloudWatch(endpoint.url, { more: 'retention_in_days 3' })}`);
    await running.agent.reload();
    place.append('a.log', 'two\n');
    await until(() => running.metric('input_emitted_records_total') === 2);
    endpoint.setFaults([]);
    await until(() => messages(endpoint, 'a').length === 2);
    await running.stop();
    expect(messages(endpoint, 'a').map((text) => JSON.parse(text).message).toSorted()).toEqual(['one', 'two']);
    expect(running.agent.ledger().imbalances).toEqual([]);
  });

  test('a stream that fails while files change hands goes on with the successor, and nothing else happens', async () => {
    place = new Place();
    const endpoint = await place.endpoint();
    place.write('a.log', 'a1\n');
    place.write('b.log', 'b1\n');
    const filed = (more: string): string => cloudWatch(endpoint.url, { more, buffer: '@type file\n path DIR/buffer\n flush_interval 0.1' });
    const inputs = `${tail('a.log', 'a')}${tail('b.log', 'b').replace('tail.pos', 'b.pos')}`;
    endpoint.setFaults([{ action: 'ServiceUnavailableException', stream: 'a' }]);
    const running = await place.start(`${inputs}${filed('')}`);
    await until(() => messages(endpoint, 'b').length === 1);
    for (const n of [2, 3, 4, 5]) {
      place.append('b.log', `b${n}\n`);
      await until(() => messages(endpoint, 'b').length === n);
    }
    configure(`${inputs}${filed('retention_in_days 3')}`);
    await running.agent.reload();
    endpoint.setFaults([]);
    await until(() => messages(endpoint, 'a').length === 1);
    await running.stop();
    expect(messages(endpoint, 'a')).toEqual(['{"message":"a1"}']);
    expect(running.logged(/error|fatal/)).toEqual([]);
    expect(running.agent.ledger().imbalances).toEqual([]);
  });

  test.each(['out', 'other'])('what waits in files that change hands is accounted for once, and a delivery under way is not repeated (@id %s)', async (id) => {
    place = new Place();
    const endpoint = await place.endpoint();
    place.write('a.log', 'one\n');
    const filed = (own: string, more: string): string => cloudWatch(endpoint.url, { more: `@id ${own}\n  ${more}`, buffer: '@type file\n path DIR/buffer\n flush_interval 60' });
    const running = await place.start(`${tail('a.log', 'a')}${filed('out', '')}`);
    await until(() => running.metric('input_emitted_records_total') === 1);
    endpoint.setFaults([{ action: 'delay', operation: 'PutLogEvents', delayMs: 700, times: 1 }]);
    await running.agent.flushBuffers();
    await until(() => endpoint.store.summary().length > 0);
    place.append('a.log', 'two\n');
    await until(() => running.metric('input_emitted_records_total') === 2);
    configure(`${tail('a.log', 'a')}${filed(id, 'retention_in_days 3')}`);
    await running.agent.reload();
    expect(messages(endpoint, 'a')).toEqual(['{"message":"one"}']);
    place.append('a.log', 'three\n');
    await until(() => running.metric('input_emitted_records_total') === 3);
    expect(running.agent.ledger().outputs.filter(({ type }) => type === 'cloudwatch_logs').reduce((sum, { waiting }) => sum + waiting, 0)).toBe(2);
    await running.agent.flushBuffers();
    await until(() => messages(endpoint, 'a').length === 3);
    await running.stop();
    expect(messages(endpoint, 'a').map((text) => JSON.parse(text).message)).toEqual(['one', 'two', 'three']);
    expect(running.agent.ledger().imbalances).toEqual([]);
  });
});
