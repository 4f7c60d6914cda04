import { CloudWatchLogsClient, PutLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { expect, test } from 'vitest';
import { run, summaryTable } from '../../../src/cli/cloudwatch.ts';

function setUp() {
  const written = { stdout: '', stderr: '' };
  const ending = new AbortController();
  const io = {
    stdout: { write: (text: string) => { written.stdout += text; } },
    stderr: { write: (text: string) => { written.stderr += text; } },
    signal: ending.signal,
  };
  return { written, io, end: () => ending.abort() };
}

test('the command prints its URL, serves, and ends with a table', async () => {
  const { written, io, end } = setUp();
  const code = run(['--port', '0', '--create', '/g', '--requests', '--fault', 'throttle,times=1', '--accept-any-time'], io);
  await expect.poll(() => written.stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\n$/);
  const client = new CloudWatchLogsClient({
    endpoint: written.stdout.trim(), region: 'us-east-1', credentials: { accessKeyId: 'x', secretAccessKey: 'x' }, maxAttempts: 1,
  });
  const put = new PutLogEventsCommand({ logGroupName: '/g', logStreamName: 's', logEvents: [{ timestamp: 0, message: 'x' }] });
  await expect(client.send(put)).rejects.toThrow('Rate exceeded');
  await expect(client.send(put)).rejects.toThrow('The specified log stream does not exist.');
  client.destroy();
  end();
  expect(await code).toBe(0);
  expect(written.stdout.split('\n').slice(1)).toEqual([
    'GROUP  STREAM        EVENTS  BYTES  FIRST  LAST', '/g     (no streams)       0      0  -      -', '',
  ]);
  expect(written.stderr.split('\n')).toEqual([
    expect.stringMatching(/^400 {2}PutLogEvents {2}\/g {2}s {2}1 events, \d+ bytes {2}fault throttle {2}ThrottlingException: Rate exceeded$/),
    expect.stringMatching(/^400 {2}PutLogEvents {2}\/g {2}s {2}1 events, \d+ bytes {2}ResourceNotFoundException: /),
    '',
  ]);
});

test('help goes to standard output', async () => {
  const { written, io } = setUp();
  expect(await run(['--help'], io)).toBe(0);
  expect(written.stdout).toMatch(/^Usage: logferry cloudwatch \[OPTIONS\]\n/);
  expect(written.stderr).toBe('');
});

test.each([
  [['--port', 'x'], "--port has to be a number from 0 to 65535, found 'x'"],
  [['--port', '65536'], "--port has to be a number from 0 to 65535, found '65536'"],
  [['--credentials', 'x'], '--credentials has to be KEY:SECRET, an access key id, a colon, a secret access key'],
  [['--account', '1'], "--account has to be twelve digits, found '1'"],
  [['--create', 'a b'], "--create: the name of a log group is 1 to 512 of A-Z a-z 0-9 . - _ / #, found 'a b'"],
  [['--fault', 'x'], "'action' has to be throttle, 5xx"],
  [['--nope'], "Unknown option '--nope'"],
  [['word'], "Unexpected argument 'word'"],
])('the arguments %j are wrong', async (argv, message) => {
  const { written, io } = setUp();
  expect(await run(argv, io)).toBe(2);
  expect(written.stderr).toContain(message);
  expect(written.stderr).toContain('See logferry cloudwatch --help\n');
});

test('a port that is taken is said so', async () => {
  const first = setUp();
  const code = run(['--port', '0'], first.io);
  await expect.poll(() => first.written.stdout).not.toBe('');
  const second = setUp();
  expect(await run(['--port', new URL(first.written.stdout).port], second.io)).toBe(1);
  expect(second.written.stderr).toMatch(/^logferry cloudwatch: cannot start: .*EADDRINUSE.*--port 0 takes a free port\)\n$/);
  first.end();
  expect(await code).toBe(0);
  expect(first.written.stdout).toContain('Nothing was stored.\n');
});

test('the table lines up and names cannot steer a terminal', () => {
  expect(summaryTable([
    { group: '/g', stream: 'a\u001b[2J', events: 5, bytes: 1000, firstTimestamp: 0, lastTimestamp: 1500 },
    { group: '/longer', stream: 'b', events: 12345, bytes: 1, firstTimestamp: undefined, lastTimestamp: undefined },
  ])).toBe(
    'GROUP    STREAM      EVENTS  BYTES  FIRST                     LAST\n'
    + '/g       a\\u{1b}[2J       5   1000  1970-01-01T00:00:00.000Z  1970-01-01T00:00:01.500Z\n'
    + '/longer  b            12345      1  -                         -\n',
  );
});
