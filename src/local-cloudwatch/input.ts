/**
 * Reading the members of a request. A member of the wrong JSON type is a SerializationException, one
 * that breaks a documented rule an InvalidParameterException, as in the service.
 */
import {
  MAX_NAME_LENGTH, MAX_TAGS, MAX_TAG_KEY_LENGTH, MAX_TAG_VALUE_LENGTH, RETENTION_DAYS,
} from './limits.ts';
import { ServiceError, constraint, invalidParameter } from './service-error.ts';

/** The body of a request: a JSON object. */
export type Input = Readonly<Record<string, unknown>>;

/** A text member, or undefined if it is absent or null. */
export function optionalText(input: Input, member: string): string | undefined {
  const value = input[member];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw wrongType(member, 'a string', value);
  return value;
}

/** An integer member between `min` and `max`, or undefined if it is absent or null. */
export function optionalInteger(
  input: Input, member: string, min: number, max: number = Number.MAX_SAFE_INTEGER,
): number | undefined {
  const value = input[member];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value)) throw wrongType(member, 'an integer', value);
  if (value < min) throw constraint(member, value, `have value greater than or equal to ${min}`);
  if (value > max) throw constraint(member, value, `have value less than or equal to ${max}`);
  return value;
}

/** A boolean member, or undefined if it is absent or null. */
export function optionalBoolean(input: Input, member: string): boolean | undefined {
  const value = input[member];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'boolean') throw wrongType(member, 'a boolean', value);
  return value;
}

/** A list of texts, or undefined if it is absent or null. */
export function optionalTexts(input: Input, member: string): readonly string[] | undefined {
  const value = input[member];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw wrongType(member, 'a list', value);
  for (const item of value) if (typeof item !== 'string') throw wrongType(member, 'a list of strings', item);
  return value as string[];
}

/** A member whose value is one of a few texts, or undefined if it is absent or null. */
export function optionalChoice(input: Input, member: string, choices: readonly string[]): string | undefined {
  const value = optionalText(input, member);
  if (value !== undefined && !choices.includes(value)) {
    throw constraint(member, value, `satisfy enum value set: [${choices.join(', ')}]`);
  }
  return value;
}

const GROUP_NAME = /^[.\-_/#A-Za-z0-9]+$/;
const STREAM_NAME = /^[^:*]*$/;

/** The name of a log group, checked against the service's rules. */
export function groupName(input: Input, member: string = 'logGroupName'): string {
  const name = nameOf(input, member);
  if (!GROUP_NAME.test(name)) {
    throw constraint(member, name, 'satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+');
  }
  return name;
}

/** The name of a log stream, checked against the service's rules. */
export function streamName(input: Input, member: string = 'logStreamName'): string {
  const name = nameOf(input, member);
  if (!STREAM_NAME.test(name)) throw constraint(member, name, 'satisfy regular expression pattern: [^:*]*');
  return name;
}

/** The name of a group given as `logGroupName`, or as `logGroupIdentifier` (a name or an ARN). */
export function groupNameOrIdentifier(input: Input): string {
  const identifier = optionalText(input, 'logGroupIdentifier');
  if (identifier === undefined) return groupName(input);
  if (optionalText(input, 'logGroupName') !== undefined) {
    throw invalidParameter('LogGroup name and LogGroup identifier are mutually exclusive parameters.');
  }
  return identifier.startsWith('arn:') ? groupOfArn(identifier, 'logGroupIdentifier')
    : groupName(input, 'logGroupIdentifier');
}

const GROUP_ARN = /^arn:[a-z0-9-]+:logs:[a-z0-9-]*:[0-9]*:log-group:([.\-_/#A-Za-z0-9]{1,512})(?::\*)?$/;

/** The log group of `arn:aws:logs:REGION:ACCOUNT:log-group:NAME`, with or without `:*` at its end. */
export function groupOfArn(arn: string, member: string): string {
  const found = GROUP_ARN.exec(arn);
  if (!found) {
    throw invalidParameter(
      `'${member}' has to be the ARN of a log group (arn:aws:logs:REGION:ACCOUNT:log-group:NAME), found '${arn}'`,
    );
  }
  return found[1];
}

/** Days of retention that the service offers. */
export function retentionDays(input: Input): number {
  const days = optionalInteger(input, 'retentionInDays', Number.MIN_SAFE_INTEGER);
  if (days === undefined) throw constraint('retentionInDays', undefined, 'not be null');
  if (!RETENTION_DAYS.includes(days)) {
    throw constraint('retentionInDays', days, `satisfy enum value set: [${RETENTION_DAYS.join(', ')}]`);
  }
  return days;
}

const TAG_KEY = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]+$/u;
const TAG_VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** A map of tags, checked against the service's rules; undefined if it is absent or null. */
export function optionalTags(input: Input, member: string = 'tags'): ReadonlyMap<string, string> | undefined {
  const value = input[member];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'object' || Array.isArray(value)) throw wrongType(member, 'a map', value);
  const tags = new Map<string, string>();
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw wrongType(`${member}.${key}`, 'a string', text);
    if (key.length < 1 || key.length > MAX_TAG_KEY_LENGTH || !TAG_KEY.test(key)) {
      throw constraint(member, key, `have a key of 1 to ${MAX_TAG_KEY_LENGTH} letters, digits, spaces or _.:/=+-@`);
    }
    if (key.toLowerCase().startsWith('aws:')) throw invalidParameter(`Tag keys may not start with 'aws:': '${key}'`);
    if (text.length > MAX_TAG_VALUE_LENGTH || !TAG_VALUE.test(text)) {
      throw constraint(member, text, `have a value of 0 to ${MAX_TAG_VALUE_LENGTH} letters, digits, spaces or _.:/=+-@`);
    }
    tags.set(key, text);
  }
  if (tags.size > MAX_TAGS) throw constraint(member, `${tags.size} tags`, `have at most ${MAX_TAGS} entries`);
  return tags;
}

/** SerializationException: this member has another JSON type than the service's model says. */
export function wrongType(member: string, expected: string, found: unknown): ServiceError {
  const kind = found === null ? 'null' : Array.isArray(found) ? 'a list' : typeof found;
  return new ServiceError('SerializationException', `'${member}' has to be ${expected}, found ${kind}`);
}

function nameOf(input: Input, member: string): string {
  const name = optionalText(input, member);
  if (name === undefined) throw constraint(member, undefined, 'not be null');
  if (name.length < 1) throw constraint(member, name, 'have length greater than or equal to 1');
  if (name.length > MAX_NAME_LENGTH) {
    throw constraint(member, name, `have length less than or equal to ${MAX_NAME_LENGTH}`);
  }
  return name;
}
