/** Lines and events that are too long, too deep or malicious: their neighbours are delivered completely. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { cloudWatch, messages, tail, until } from '../support/agent.ts';
import { test } from '../support/e2e.ts';

const MB = 1024 * 1024;
const json = (message: string): string => JSON.stringify({ message });

describe('a line of 10 MB', () => {
  const long = 'x'.repeat(10 * MB);

  test('longer than max_line_size: it is left out, named and counted', async ({ place }) => {
    place.write('logs/bad.log', `before\n${long}\nafter\n`);
    place.write('logs/good.log', 'one\n');
    const endpoint = await place.endpoint();
    const running = await place.start(tail('logs/*.log', 'app', 'max_line_size 1m') + cloudWatch(endpoint.url));
    await until(() => messages(endpoint, 'app').length === 3);
    expect(messages(endpoint, 'app').toSorted()).toEqual(['after', 'before', 'one'].map(json));
    expect(running.logged()).toEqual([`warn: received line length is longer than ${MB} path="logs/bad.log"`]);
    expect(running.metric('input_dropped_lines_total')).toBe(1);
    await running.stop();
    expect(new Map(place.positions())).toEqual(new Map([['logs/bad.log', long.length + 14], ['logs/good.log', 4]]));
  });

  test('without max_line_size it is read whole; CloudWatch cannot take it: it goes to @ERROR with all its bytes', async ({ place }) => {
    place.write('logs/bad.log', `before\n${long}\nafter\n`);
    place.write('logs/good.log', 'one\n');
    const endpoint = await place.endpoint();
    const running = await place.start(`
      ${tail('logs/*.log', 'app')}
      ${cloudWatch(endpoint.url, { more: 'oversized_events fluentd' })}
      ${errorFile}
    `);
    await until(() => messages(endpoint, 'app').length === 3 && place.has('errors/app.log'));
    expect(messages(endpoint, 'app').toSorted()).toEqual(['after', 'before', 'one'].map(json));
    expect(running.logged()).toEqual([tooLarge(Buffer.byteLength(json(long)))]);
    expect(running.metric('cloudwatch_rejected_events_total')).toBe(1);
    expect(place.read('errors/app.log') === json(long) + '\n').toBe(true);
    await running.stop();
    expect(new Map(place.positions())).toEqual(new Map([['logs/bad.log', long.length + 14], ['logs/good.log', 4]]));
  });
});

test('an event of more than 1 MiB goes to @ERROR alone, not the others of its chunk', async ({ place }) => {
  const events = [{ n: 1 }, { n: 2, big: 'é'.repeat(MB / 2) }, { n: 3 }, { n: 4 }].map((event) => JSON.stringify(event));
  place.write('logs/app.log', events.join('\n') + '\n');
  const endpoint = await place.endpoint();
  const running = await place.start(`
    ${tail('logs/app.log', 'app', '', '@type json')}
    ${cloudWatch(endpoint.url, { more: 'oversized_events fluentd' })}
    ${errorFile}
  `);
  await until(() => messages(endpoint, 'app').length === 3 && place.has('errors/app.log'));
  expect(messages(endpoint, 'app')).toEqual([events[0], events[2], events[3]]);
  expect(place.read('errors/app.log') === events[1] + '\n').toBe(true);
  expect(running.logged()).toEqual([tooLarge(Buffer.byteLength(events[1]!))]);
  expect(running.metric('cloudwatch_rejected_events_total')).toBe(1);
  await until(() => running.metric('cloudwatch_delivered_events_total') === 3);
  expect(running.metric('cloudwatch_requests_total')).toBe(1);
});

describe('JSON that wants to do harm', () => {
  test('nested 10,000 deep: the line does not match, the lines around it do', async ({ place }) => {
    const deep = '{"a":'.repeat(10_000) + '1' + '}'.repeat(10_000);
    place.write('logs/app.log', `{"n":1}\n${deep}\n{"n":2}\n`);
    place.write('logs/good.log', '{"n":3}\n');
    const endpoint = await place.endpoint();
    const running = await place.start(tail('logs/*.log', 'app', '', '@type json') + cloudWatch(endpoint.url));
    await until(() => messages(endpoint, 'app').length === 3);
    expect(messages(endpoint, 'app').toSorted()).toEqual(['{"n":1}', '{"n":2}', '{"n":3}']);
    expect(running.logged()).toEqual([`warn: pattern not matched: ${JSON.stringify(deep)}`]);
    expect(running.metric('tail_unmatched_lines_total')).toBe(1);
  });

  test('keys named like parts of objects are fields like all others, through filters too', async ({ place }) => {
    const evil = '{"__proto__":{"polluted":"yes"},"constructor":{"prototype":{"polluted":"yes"}},"toString":"text","hasOwnProperty":1}';
    place.write('logs/app.log', `${evil}\n{"n":2}\n`);
    const endpoint = await place.endpoint();
    const running = await place.start(`
      ${tail('logs/app.log', 'app', '', '@type json')}
      <filter app>
        @type record_transformer
        <record>
          added \${record["toString"]}
        </record>
      </filter>
      <filter app>
        @type grep
        <exclude>
          key n
          pattern /^7$/
        </exclude>
      </filter>
      ${cloudWatch(endpoint.url)}
    `);
    await until(() => messages(endpoint, 'app').length === 2);
    expect(messages(endpoint, 'app')).toEqual([`${evil.slice(0, -1)},"added":"text"}`, '{"n":2,"added":null}']);
    expect((({}) as { polluted?: string }).polluted).toBeUndefined();
    expect(running.logged()).toEqual([]);
    await until(() => running.metric('cloudwatch_delivered_events_total') === 2);
  });
});

test('a tag that leads out of the folder of a file output: its chunk is set aside, other tags are written', async ({ place }) => {
  place.write('logs/app.log', '{"to":"one","n":1}\n{"to":"../../../escaped","n":2}\n{"to":"one","n":3}\n');
  const running = await place.start(`
    ${tail('logs/app.log', 'app', '', '@type json')}
    <match app>
      @type rewrite_tag_filter
      <rule>
        key to
        pattern /^(.+)$/
        tag to.$1
      </rule>
    </match>
    <match to.**>
      @type file
      path DIR/out/files/\${tag}
      append true
      <format>
        @type json
      </format>
      <buffer tag>
        @type memory
        flush_interval 0.05
      </buffer>
    </match>
  `);
  await until(() => running.metric('buffer_backed_up_chunks_total') === 1 && place.has('out/files/to.one.log'));
  expect(place.read('out/files/to.one.log')).toBe('{"to":"one","n":1}\n{"to":"one","n":3}\n');
  expect(readdirSync(place.path).toSorted()).toEqual(['fluent.conf', 'logs', 'out', 'root', 'tail.pos']);
  expect(readdirSync(place.at('out'))).toEqual(['files']);
  expect(readdirSync(place.at('out/files'))).toEqual(['to.one.log']);
  const [first, second, ...others] = running.logged();
  expect(first).toMatch(/^warn: got unrecoverable error in primary and no secondary /);
  expect(first).toContain("path 'out/files/to.../../../escaped.log' leads out of");
  expect(second).toMatch(/^warn: bad chunk is moved to root\/backup\/worker0\//);
  expect(others).toEqual([]);
  expect(running.metric('buffer_backed_up_records_total')).toBe(1);
  const file = /moved to (\S+)/.exec(second!)![1]!;
  expect(readFileSync(place.at(file), 'utf8')).toBe('{"to":"../../../escaped","n":2}\n');
});

const errorFile = `
  <label @ERROR>
    <match **>
      @type file
      path DIR/errors/\${tag}
      append true
      <format>
        @type json
      </format>
      <buffer tag>
        @type memory
        flush_interval 0.05
        chunk_limit_size 32m
      </buffer>
    </match>
  </label>
`;

function tooLarge(bytes: number): string {
  const reason = `the event is discarded because it is too large: ${bytes} bytes exceed the limit of ${MB - 26}`;
  return `warn: send an error event to @ERROR: error_class="Error" error=${JSON.stringify(reason)} tag="app"`;
}
