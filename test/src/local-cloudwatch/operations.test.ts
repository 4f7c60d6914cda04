import {
  CreateLogGroupCommand, CreateLogStreamCommand, DeleteLogGroupCommand, DeleteLogStreamCommand,
  DeleteRetentionPolicyCommand, DescribeLogGroupsCommand, DescribeLogStreamsCommand, FilterLogEventsCommand,
  GetLogEventsCommand, ListTagsForResourceCommand, ListTagsLogGroupCommand, PutLogEventsCommand,
  PutRetentionPolicyCommand, ResourceAlreadyExistsException, ResourceNotFoundException, TagLogGroupCommand,
  TagResourceCommand, UntagLogGroupCommand, UntagResourceCommand, paginateDescribeLogGroups, paginateDescribeLogStreams,
} from '@aws-sdk/client-cloudwatch-logs';
import { expect, test } from 'vitest';
import { NOW, call, connect, start } from './endpoint.ts';

const group = { logGroupName: '/aws/containerinsights/demo/application' };
const stream = { ...group, logStreamName: 'api-7c9_payments_api-1' };
const arn = `arn:aws:logs:us-east-1:000000000000:log-group:${group.logGroupName}`;

test('a group is created, described with its ARNs, and deleted', async () => {
  const client = connect(await start());
  await client.send(new CreateLogGroupCommand({ ...group, tags: { team: 'pay', __proto__x: 'y' }, logGroupClass: 'INFREQUENT_ACCESS' }));
  const { logGroups, nextToken } = await client.send(new DescribeLogGroupsCommand({}));
  expect(logGroups).toEqual([{
    ...group, creationTime: NOW, metricFilterCount: 0, storedBytes: 0, logGroupClass: 'INFREQUENT_ACCESS',
    arn: `${arn}:*`, logGroupArn: arn,
  }]);
  expect(nextToken).toBeUndefined();
  await client.send(new DeleteLogGroupCommand(group));
  expect((await client.send(new DescribeLogGroupsCommand({}))).logGroups).toEqual([]);
});

test('a second group or stream of the same name is a ResourceAlreadyExistsException', async () => {
  const client = connect(await start());
  await client.send(new CreateLogGroupCommand(group));
  await client.send(new CreateLogStreamCommand(stream));
  const again = client.send(new CreateLogGroupCommand(group));
  await expect(again).rejects.toBeInstanceOf(ResourceAlreadyExistsException);
  await expect(again).rejects.toThrow('The specified log group already exists');
  await expect(client.send(new CreateLogStreamCommand(stream))).rejects.toThrow('The specified log stream already exists');
});

test('what does not exist is a ResourceNotFoundException in every operation on it', async () => {
  const client = connect(await start());
  const noGroup = 'The specified log group does not exist.';
  const missing = client.send(new PutLogEventsCommand({ ...stream, logEvents: [{ timestamp: NOW, message: 'x' }] }));
  await expect(missing).rejects.toBeInstanceOf(ResourceNotFoundException);
  await expect(missing).rejects.toThrow(noGroup);
  await expect(client.send(new CreateLogStreamCommand(stream))).rejects.toThrow(noGroup);
  await expect(client.send(new DeleteLogGroupCommand(group))).rejects.toThrow(noGroup);
  await expect(client.send(new DescribeLogStreamsCommand(group))).rejects.toThrow(noGroup);
  await expect(client.send(new FilterLogEventsCommand(group))).rejects.toThrow(noGroup);
  await expect(client.send(new GetLogEventsCommand(stream))).rejects.toThrow(noGroup);
  await expect(client.send(new PutRetentionPolicyCommand({ ...group, retentionInDays: 7 }))).rejects.toThrow(noGroup);
  await expect(client.send(new DeleteRetentionPolicyCommand(group))).rejects.toThrow(noGroup);
  await expect(client.send(new TagLogGroupCommand({ ...group, tags: { a: 'b' } }))).rejects.toThrow(noGroup);
  await expect(client.send(new UntagLogGroupCommand({ ...group, tags: ['a'] }))).rejects.toThrow(noGroup);
  await expect(client.send(new ListTagsLogGroupCommand(group))).rejects.toThrow(noGroup);
  await expect(client.send(new TagResourceCommand({ resourceArn: arn, tags: { a: 'b' } }))).rejects.toThrow(noGroup);
  await expect(client.send(new ListTagsForResourceCommand({ resourceArn: arn }))).rejects.toThrow(noGroup);
  await client.send(new CreateLogGroupCommand(group));
  const noStream = 'The specified log stream does not exist.';
  await expect(client.send(new DeleteLogStreamCommand(stream))).rejects.toThrow(noStream);
  await expect(client.send(new GetLogEventsCommand(stream))).rejects.toThrow(noStream);
  await expect(client.send(new PutLogEventsCommand({ ...stream, logEvents: [{ timestamp: NOW, message: 'x' }] })))
    .rejects.toThrow(noStream);
});

test('events that were put are read back, and the stream describes them', async () => {
  const endpoint = await start();
  const client = connect(endpoint);
  await client.send(new CreateLogGroupCommand(group));
  await client.send(new CreateLogStreamCommand(stream));
  const logEvents = [{ timestamp: NOW - 10, message: 'größer 🚀 "quoted"' }, { timestamp: NOW, message: '{"a":1}' }];
  const answer = await client.send(new PutLogEventsCommand({ ...stream, logEvents }));
  expect(answer.rejectedLogEventsInfo).toBeUndefined();
  expect(answer.nextSequenceToken).toMatch(/^\d{56}$/);
  const { events } = await client.send(new GetLogEventsCommand({ ...stream, startFromHead: true }));
  expect(events).toEqual(logEvents.map((event) => ({ ...event, ingestionTime: NOW })));
  const { logStreams } = await client.send(new DescribeLogStreamsCommand(group));
  expect(logStreams).toEqual([{
    logStreamName: stream.logStreamName, creationTime: NOW, firstEventTimestamp: NOW - 10, lastEventTimestamp: NOW,
    lastIngestionTime: NOW, uploadSequenceToken: answer.nextSequenceToken, storedBytes: 0,
    arn: `${arn}:log-stream:${stream.logStreamName}`,
  }]);
  expect(endpoint.store.summary()).toEqual([{
    group: group.logGroupName, stream: stream.logStreamName, events: 2, bytes: 29, firstTimestamp: NOW - 10, lastTimestamp: NOW,
  }]);
  expect([...endpoint.store.events(group.logGroupName, stream.logStreamName)].map((event) => event.message))
    .toEqual(['größer 🚀 "quoted"', '{"a":1}']);
  await client.send(new DeleteLogStreamCommand(stream));
  expect((await client.send(new DescribeLogStreamsCommand(group))).logStreams).toEqual([]);
});

test('retention is set, shown and removed, and takes only the days that the service has', async () => {
  const client = connect(await start({ groups: { [group.logGroupName]: [] } }));
  await client.send(new PutRetentionPolicyCommand({ ...group, retentionInDays: 30 }));
  expect((await client.send(new DescribeLogGroupsCommand({}))).logGroups?.[0].retentionInDays).toBe(30);
  await expect(client.send(new PutRetentionPolicyCommand({ ...group, retentionInDays: 31 }))).rejects.toMatchObject({
    name: 'InvalidParameterException',
    message: "1 validation error detected: Value '31' at 'retentionInDays' failed to satisfy constraint: Member must "
      + 'satisfy enum value set: [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, '
      + '2557, 2922, 3288, 3653]',
  });
  await client.send(new DeleteRetentionPolicyCommand(group));
  expect((await client.send(new DescribeLogGroupsCommand({}))).logGroups?.[0].retentionInDays).toBeUndefined();
});

test('tags are added and removed by name and by ARN', async () => {
  const client = connect(await start({ groups: { [group.logGroupName]: [] } }));
  await client.send(new TagLogGroupCommand({ ...group, tags: { team: 'pay', stage: 'prod' } }));
  await client.send(new TagResourceCommand({ resourceArn: arn, tags: { stage: 'test', owner: 'Größe 1' } }));
  const tags = { team: 'pay', stage: 'test', owner: 'Größe 1' };
  expect((await client.send(new ListTagsLogGroupCommand(group))).tags).toEqual(tags);
  expect((await client.send(new ListTagsForResourceCommand({ resourceArn: `${arn}:*` }))).tags).toEqual(tags);
  await client.send(new UntagLogGroupCommand({ ...group, tags: ['team', 'unknown'] }));
  await client.send(new UntagResourceCommand({ resourceArn: arn, tagKeys: ['owner'] }));
  expect((await client.send(new ListTagsLogGroupCommand(group))).tags).toEqual({ stage: 'test' });
});

test('a tag named __proto__ is a tag', async () => {
  const { url } = await start({ groups: { g: [] } });
  await call(url, 'TagLogGroup', '{"logGroupName":"g","tags":{"__proto__":"x"}}');
  const { body } = await call(url, 'ListTagsLogGroup', { logGroupName: 'g' });
  expect(JSON.stringify(body)).toBe('{"tags":{"__proto__":"x"}}');
});

test('tags break the rules on keys, values and number', async () => {
  const { url } = await start({ groups: { g: [] } });
  const tag = async (tags: Record<string, string>) => (await call(url, 'TagLogGroup', { logGroupName: 'g', tags })).body;
  expect(await tag({ '': 'x' })).toMatchObject({ __type: 'InvalidParameterException' });
  expect(await tag({ 'a!': 'x' })).toMatchObject({ __type: 'InvalidParameterException' });
  expect(await tag({ 'aws:x': 'x' })).toEqual({
    __type: 'InvalidParameterException', message: "Tag keys may not start with 'aws:': 'aws:x'",
  });
  expect(await tag({ a: 'x'.repeat(257) })).toMatchObject({ __type: 'InvalidParameterException' });
  const forty = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`k${i}`, 'v']));
  const more = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`m${i}`, 'v']));
  expect(await tag(forty)).toEqual({});
  expect(await tag(more)).toEqual({
    __type: 'TooManyTagsException', message: 'A log group can have at most 50 tags, this would make 60.',
  });
});

test('groups are listed in pages, by prefix, pattern and class', async () => {
  const names = Array.from({ length: 120 }, (_, i) => `/g/${String(i).padStart(3, '0')}`);
  const client = connect(await start({ groups: Object.fromEntries([...names].reverse().map((name) => [name, []])) }));
  const found: string[] = [];
  const sizes: number[] = [];
  for await (const page of paginateDescribeLogGroups({ client }, {})) {
    sizes.push(page.logGroups?.length ?? 0);
    for (const one of page.logGroups ?? []) found.push(one.logGroupName ?? '');
  }
  expect(sizes).toEqual([50, 50, 20]);
  expect(found).toEqual(names);
  const count = async (input: object) => (await client.send(new DescribeLogGroupsCommand(input))).logGroups?.length;
  expect(await count({ logGroupNamePrefix: '/g/11' })).toBe(10);
  expect(await count({ logGroupNamePattern: '/09' })).toBe(10);
  expect(await count({ logGroupNamePattern: '/G/09' })).toBe(0);
  expect(await count({ logGroupClass: 'DELIVERY' })).toBe(0);
  expect(await count({ limit: 7 })).toBe(7);
  expect(await count({ logGroupIdentifiers: ['/g/001', '/g/002', '/g/nope'] })).toBe(2);
  await expect(count({ limit: 51 })).rejects.toThrow("Value '51' at 'limit' failed to satisfy constraint");
  await expect(count({ nextToken: 'x' })).rejects.toThrow('The specified nextToken is invalid.');
  await expect(count({ logGroupNamePrefix: 'a', logGroupNamePattern: 'b' })).rejects.toThrow('mutually exclusive');
});

test('streams are listed in pages, by prefix, by name and by last event, up and down', async () => {
  const streams = Array.from({ length: 60 }, (_, i) => `s-${String(i).padStart(2, '0')}`);
  const client = connect(await start({ groups: { g: streams } }));
  for (const [i, name] of ['s-07', 's-03'].entries()) {
    await client.send(new PutLogEventsCommand({
      logGroupName: 'g', logStreamName: name, logEvents: [{ timestamp: NOW + i, message: 'x' }],
    }));
  }
  const found: string[] = [];
  for await (const page of paginateDescribeLogStreams({ client }, { logGroupIdentifier: arn.replace(/[^:]+$/, 'g:*') })) {
    for (const one of page.logStreams ?? []) found.push(one.logStreamName ?? '');
  }
  expect(found).toEqual(streams);
  const names = async (input: object) => (
    (await client.send(new DescribeLogStreamsCommand({ logGroupName: 'g', limit: 2, ...input }))).logStreams?.map((one) => one.logStreamName)
  );
  expect(await names({ descending: true })).toEqual(['s-59', 's-58']);
  expect(await names({ logStreamNamePrefix: 's-5' })).toEqual(['s-50', 's-51']);
  expect(await names({ orderBy: 'LastEventTime', descending: true })).toEqual(['s-03', 's-07']);
  await expect(names({ orderBy: 'LastEventTime', logStreamNamePrefix: 's' })).rejects.toThrow('Cannot order by LastEventTime');
  await expect(names({ orderBy: 'Size' })).rejects.toThrow("Value 'Size' at 'orderBy' failed to satisfy constraint");
});

test.each([
  ['', "Value '' at 'logGroupName' failed to satisfy constraint: Member must have length greater than or equal to 1"],
  ['x'.repeat(513), 'Member must have length less than or equal to 512'],
  ['a:b', "Value 'a:b' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+"],
  ['ünï', 'Member must satisfy regular expression pattern'],
  ['a\n', 'Member must satisfy regular expression pattern'],
])('the group name %j is rejected', async (logGroupName, message) => {
  const client = connect(await start());
  const answer = client.send(new CreateLogGroupCommand({ logGroupName }));
  await expect(answer).rejects.toMatchObject({ name: 'InvalidParameterException', $metadata: { httpStatusCode: 400 } });
  await expect(answer).rejects.toThrow(message);
});

test.each(['', 'x'.repeat(513), 'a:b', 'a*'])('the stream name %j is rejected', async (logStreamName) => {
  const client = connect(await start({ groups: { g: [] } }));
  await expect(client.send(new CreateLogStreamCommand({ logGroupName: 'g', logStreamName })))
    .rejects.toMatchObject({ name: 'InvalidParameterException' });
});

test.each(['../../etc/passwd', 'größer 日本 🚀', '__proto__', ' ', 'a/b\\c', '.', '\u0000', 'x'.repeat(512)])(
  'the stream name %j is accepted', async (logStreamName) => {
    const endpoint = await start({ groups: { g: [] } });
    await connect(endpoint).send(new CreateLogStreamCommand({ logGroupName: 'g', logStreamName }));
    expect(endpoint.store.summary()[0].stream).toBe(logStreamName);
  },
);

test('a missing name is reported as null', async () => {
  const { url } = await start();
  expect(await call(url, 'CreateLogGroup', {})).toMatchObject({
    status: 400,
    body: {
      __type: 'InvalidParameterException',
      message: "1 validation error detected: Value null at 'logGroupName' failed to satisfy constraint: Member must not be null",
    },
  });
});

test('a member of the wrong type is a SerializationException', async () => {
  const { url } = await start();
  expect((await call(url, 'CreateLogGroup', { logGroupName: 5 })).body).toEqual({
    __type: 'SerializationException', message: "'logGroupName' has to be a string, found number",
  });
  expect((await call(url, 'DescribeLogGroups', { limit: '5' })).body).toEqual({
    __type: 'SerializationException', message: "'limit' has to be an integer, found string",
  });
});

test.each(['StartQuery', '__proto__', 'constructor', ''])('the operation %j is unknown', async (operation) => {
  const { url } = await start();
  expect(await call(url, operation, {})).toMatchObject({ status: 400, body: { __type: 'UnknownOperationException' } });
});
