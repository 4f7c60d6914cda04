/** The operations by name: from a request's body to an answer's. */
import type { Input } from './input.ts';
import {
  groupName, groupNameOrIdentifier, groupOfArn, optionalBoolean, optionalChoice, optionalInteger, optionalTags,
  optionalText, optionalTexts, retentionDays, streamName,
} from './input.ts';
import type { Limits } from './limits.ts';
import { MAX_DESCRIBE_ITEMS, MAX_TAGS } from './limits.ts';
import { putLogEvents } from './put-log-events.ts';
import { filterLogEvents, getLogEvents } from './read-events.ts';
import { ServiceError, constraint, invalidParameter, noSuchGroup } from './service-error.ts';
import type { Group, LogStore, Stream } from './store.ts';
import { byName } from './store.ts';

/** What the operations work on. */
export interface Service {
  readonly store: LogStore;
  readonly limits: Limits;
  /** False: PutLogEvents accepts events of any time. */
  readonly checkAge: boolean;
  readonly region: string;
  /** Twelve digits. */
  readonly account: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

type Operation = (service: Service, input: Input) => object;

const LOG_GROUP_CLASSES = ['STANDARD', 'INFREQUENT_ACCESS', 'DELIVERY', 'ESSENTIALS'];
const NOTHING = {};

const OPERATIONS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ['PutLogEvents', (service, input) => putLogEvents(service.store, input, { ...service, now: service.now() })],
  ['GetLogEvents', ({ store }, input) => getLogEvents(store, input)],
  ['FilterLogEvents', ({ store }, input) => filterLogEvents(store, input)],
  ['CreateLogGroup', createLogGroup],
  ['DescribeLogGroups', describeLogGroups],
  ['DeleteLogGroup', ({ store }, input) => (store.deleteGroup(groupName(input)), NOTHING)],
  ['CreateLogStream', ({ store, now }, input) => (store.createStream(groupName(input), streamName(input), now()), NOTHING)],
  ['DescribeLogStreams', describeLogStreams],
  ['DeleteLogStream', ({ store }, input) => (store.deleteStream(groupName(input), streamName(input)), NOTHING)],
  ['PutRetentionPolicy', ({ store }, input) => (store.setRetention(groupName(input), retentionDays(input)), NOTHING)],
  ['DeleteRetentionPolicy', ({ store }, input) => (store.setRetention(groupName(input), undefined), NOTHING)],
  ['TagLogGroup', ({ store }, input) => addTags(store, groupName(input), input)],
  ['UntagLogGroup', ({ store }, input) => removeTags(store, groupName(input), input, 'tags')],
  ['ListTagsLogGroup', ({ store }, input) => listTags(store, groupName(input))],
  ['TagResource', ({ store }, input) => addTags(store, taggedGroup(input), input)],
  ['UntagResource', ({ store }, input) => removeTags(store, taggedGroup(input), input, 'tagKeys')],
  ['ListTagsForResource', ({ store }, input) => listTags(store, taggedGroup(input))],
]);

/** The names of all operations that this endpoint has. */
export const OPERATION_NAMES: readonly string[] = [...OPERATIONS.keys()];

/** Runs an operation and returns the body of its answer. Throws ServiceError. */
export function callOperation(service: Service, operation: string, input: Input): object {
  const run = OPERATIONS.get(operation);
  if (!run) {
    throw new ServiceError(
      'UnknownOperationException',
      `This local endpoint has no operation '${operation}'. It has: ${OPERATION_NAMES.join(', ')}`,
    );
  }
  return run(service, input);
}

function createLogGroup({ store, now }: Service, input: Input): object {
  store.createGroup(groupName(input), now(), {
    logGroupClass: optionalChoice(input, 'logGroupClass', LOG_GROUP_CLASSES),
    kmsKeyId: optionalText(input, 'kmsKeyId'),
    tags: optionalTags(input),
  });
  return NOTHING;
}

function describeLogGroups(service: Service, input: Input): object {
  const prefix = optionalText(input, 'logGroupNamePrefix');
  const pattern = optionalText(input, 'logGroupNamePattern');
  if (prefix !== undefined && pattern !== undefined) {
    throw invalidParameter('LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.');
  }
  const wantedClass = optionalChoice(input, 'logGroupClass', LOG_GROUP_CLASSES);
  const identifiers = optionalTexts(input, 'logGroupIdentifiers');
  const wanted = identifiers && new Set(identifiers.map((one) => groupNameOrIdentifier({ logGroupIdentifier: one })));
  const groups = service.store.groups().filter((group) => (
    (prefix === undefined || group.name.startsWith(prefix))
    && (pattern === undefined || group.name.includes(pattern))
    && (wantedClass === undefined || group.logGroupClass === wantedClass)
    && (wanted === undefined || wanted.has(group.name))
  ));
  const { items, nextToken } = page(groups, input);
  return { logGroups: items.map((group) => describeGroup(service, group)), nextToken };
}

function describeGroup(service: Service, group: Group): object {
  const arn = groupArn(service, group.name);
  let storedBytes = 0;
  for (const stream of group.streams.values()) storedBytes += stream.bytes;
  return {
    logGroupName: group.name,
    creationTime: group.creationTime,
    retentionInDays: group.retentionInDays,
    metricFilterCount: 0,
    arn: `${arn}:*`,
    storedBytes,
    kmsKeyId: group.kmsKeyId,
    logGroupClass: group.logGroupClass,
    logGroupArn: arn,
  };
}

function describeLogStreams(service: Service, input: Input): object {
  const group = service.store.group(groupNameOrIdentifier(input));
  const prefix = optionalText(input, 'logStreamNamePrefix');
  const byTime = optionalChoice(input, 'orderBy', ['LogStreamName', 'LastEventTime']) === 'LastEventTime';
  if (byTime && prefix !== undefined) {
    throw invalidParameter('Cannot order by LastEventTime with a logStreamNamePrefix.');
  }
  const streams = [...group.streams.values()].filter((one) => prefix === undefined || one.name.startsWith(prefix));
  streams.sort(byTime ? byLastEvent : byName);
  if (optionalBoolean(input, 'descending')) streams.reverse();
  const { items, nextToken } = page(streams, input);
  return {
    logStreams: items.map((stream) => ({
      logStreamName: stream.name,
      creationTime: stream.creationTime,
      firstEventTimestamp: stream.firstTimestamp,
      lastEventTimestamp: stream.lastTimestamp,
      lastIngestionTime: stream.lastIngestionTime,
      uploadSequenceToken: String(stream.events + 1).padStart(56, '0'),
      arn: `${groupArn(service, group.name)}:log-stream:${stream.name}`,
      // The service stopped counting the bytes of streams on 17 June 2019.
      storedBytes: 0,
    })),
    nextToken,
  };
}

function byLastEvent(a: Stream, b: Stream): number {
  return (a.lastTimestamp ?? -1) - (b.lastTimestamp ?? -1) || byName(a, b);
}

/** The page that `limit` and `nextToken` ask for; a token is the number of items before the page. */
function page<T>(list: readonly T[], input: Input): { items: readonly T[]; nextToken: string | undefined } {
  const limit = optionalInteger(input, 'limit', 1, MAX_DESCRIBE_ITEMS) ?? MAX_DESCRIBE_ITEMS;
  const token = optionalText(input, 'nextToken');
  if (token !== undefined && !/^p\/\d{1,9}$/.test(token)) throw invalidParameter('The specified nextToken is invalid.');
  const start = token === undefined ? 0 : Number(token.slice(2));
  const end = start + limit;
  return { items: list.slice(start, end), nextToken: end < list.length ? `p/${end}` : undefined };
}

function groupArn({ region, account }: Service, name: string): string {
  return `arn:aws:logs:${region}:${account}:log-group:${name}`;
}

function taggedGroup(input: Input): string {
  const arn = optionalText(input, 'resourceArn');
  if (arn === undefined) throw constraint('resourceArn', undefined, 'not be null');
  return groupOfArn(arn, 'resourceArn');
}

function addTags(store: LogStore, name: string, input: Input): object {
  const added = optionalTags(input);
  if (added === undefined) throw constraint('tags', undefined, 'not be null');
  const tags = new Map([...store.group(name).tags, ...added]);
  if (tags.size > MAX_TAGS) {
    const message = `A log group can have at most ${MAX_TAGS} tags, this would make ${tags.size}.`;
    throw new ServiceError('TooManyTagsException', message);
  }
  store.setTags(name, tags);
  return NOTHING;
}

function removeTags(store: LogStore, name: string, input: Input, member: string): object {
  const keys = optionalTexts(input, member);
  if (keys === undefined) throw constraint(member, undefined, 'not be null');
  const tags = new Map(store.group(name).tags);
  for (const key of keys) tags.delete(key);
  store.setTags(name, tags);
  return NOTHING;
}

function listTags(store: LogStore, name: string): object {
  const group = store.findGroup(name);
  if (!group) throw noSuchGroup();
  return { tags: Object.fromEntries(group.tags) };
}
