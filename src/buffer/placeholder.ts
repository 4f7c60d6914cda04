/**
 * Templates such as `/var/log/${tag[1]}/${$.kubernetes.namespace_name}/%Y%m%d`.
 *
 * A template is filled from what the events of a chunk have in common: `${tag}` and its parts,
 * `${field}` for chunk keys, `${chunk_id}`, and strftime directives for the start of the time slot.
 * What is filled in is never looked at again, so text from logs cannot act as a placeholder.
 */
import { ConfigError, type Location } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import type { ChunkKeys, ChunkMetadata, Template } from '../plugin.ts';
import { textOf } from '../record/text-of.ts';
import { compileStrftime } from '../time/strftime.ts';
import { fixedZone } from '../time/zone.ts';

export interface TemplateContext {
  readonly keys: ChunkKeys;
  /** `known`: placeholders of what is no chunk key are a ConfigError; `complete`: chunk keys without a placeholder too. */
  readonly check?: 'known' | 'complete' | undefined;
  readonly place?: Location | undefined;
  readonly log?: Pick<Logger, 'warn'> | undefined;
}

type ChunkHead = { readonly id: string; readonly metadata: ChunkMetadata };
type Piece = string | ((chunk: ChunkHead) => string);

const PLACEHOLDER = /\$\{(?:(tag)(?:\[(-?\d+)\])?|([-_.@$a-zA-Z0-9]+))\}/g;

/** Slots at least this long (seconds) need the directive, from the finest to the coarsest. */
const RESOLUTIONS = [
  { sec: 1, unit: 'second', directive: '%S' },
  { sec: 60, unit: 'minute', directive: '%M' },
  { sec: 3600, unit: 'hour', directive: '%H' },
  { sec: 86_400, unit: 'day', directive: '%d' },
] as const;
/** 2016-01-01 00:00:00 UTC: the start of a second, minute, hour and day. */
const CHECK_SEC = 1_451_606_400;

/**
 * Compiles a template. Throws a ConfigError (with `check`) if its placeholders and the chunk keys
 * do not fit together; otherwise what cannot be filled stays as it stands, with a warning.
 */
export function compileTemplate(name: string, text: string, context: TemplateContext): Template {
  const { keys } = context;
  if (context.check) checkTemplate(name, text, context, context.check === 'complete');
  const hasKeys = keys.tag || keys.time || keys.fields.length > 0;
  const pieces: Piece[] = [];
  const addText = (part: string) => {
    if (part === '') return;
    if (!keys.time || !part.includes('%')) pieces.push(part);
    else pieces.push(timePiece(part, keys));
  };
  let from = 0;
  for (const found of text.matchAll(PLACEHOLDER)) {
    const [whole, tag, index, key] = found;
    const piece = tag ? tagPiece(keys, index) : keyPiece(keys, key!);
    if (piece === undefined) {
      if (!context.check) warnUnknown(name, text, whole, context);
      continue;
    }
    addText(text.slice(from, found.index));
    pieces.push(piece);
    from = found.index + whole.length;
  }
  addText(text.slice(from));

  if (!hasKeys && pieces.every((piece) => typeof piece === 'string')) return { text, expand: () => text };
  return { text, expand: (chunk) => pieces.reduce<string>((out, piece) => out + (typeof piece === 'string' ? piece : piece(chunk)), '') };
}

function warnUnknown(name: string, text: string, placeholder: string, { keys, place, log }: TemplateContext): void {
  const key = placeholder.slice(2, -1).replace(/\[.*/, '');
  const known = [...(keys.tag ? ['tag'] : []), ...(keys.time ? ['time'] : []), ...keys.fields];
  log?.warn(`placeholder ${placeholder} is not replaced: <buffer> does not have the chunk key '${key}'`, {
    parameter: name,
    template: text,
    chunk_keys: known.join(','),
    ...(place ? { file: place.file, line: place.line } : {}),
  });
}

function timePiece(text: string, { zone }: ChunkKeys): Piece {
  const format = compileStrftime(text, zone ?? fixedZone(0));
  return ({ metadata: { timekey } }) => (timekey === undefined ? text : format({ sec: timekey, nsec: 0 }));
}

function tagPiece(keys: ChunkKeys, index: string | undefined): Piece | undefined {
  if (!keys.tag) return undefined;
  if (index === undefined) return ({ metadata }) => metadata.tag ?? '';
  const at = Number(index);
  return ({ metadata }) => tagParts(metadata.tag ?? '').at(at) ?? '';
}

/** As Ruby splits: empty parts at the end do not count. */
function tagParts(tag: string): string[] {
  const parts = tag.split('.');
  while (parts.at(-1) === '') parts.pop();
  return parts;
}

function keyPiece(keys: ChunkKeys, key: string): Piece | undefined {
  if (key === 'chunk_id') return ({ id }) => id;
  if (!keys.fields.includes(key)) return undefined;
  return ({ metadata }) => textOf(metadata.variables?.get(key));
}

function checkTemplate(name: string, text: string, { keys, place }: TemplateContext, complete: boolean): void {
  const fail = (problem: string, hint?: string): never => {
    throw new ConfigError(`Parameter '${name}: ${text}' ${problem}`, place, hint);
  };
  const fields = new Set<string>();
  let usesTag = false;
  for (const [, tag, , key] of text.matchAll(PLACEHOLDER)) {
    if (tag) usesTag = true;
    else if (key !== 'chunk_id') fields.add(key!);
  }

  const finest = finestResolution(text);
  if (finest && !keys.time) fail("has time placeholders, but the chunk key 'time' is not configured", 'write <buffer time> and timekey');
  if (!keys.tag && usesTag) fail("has tag placeholders, but the chunk key 'tag' is not configured", 'write <buffer tag>');
  const unknown = [...fields].filter((key) => !keys.fields.includes(key)).sort();
  if (unknown.length > 0) {
    const shown = unknown.map((key) => '${' + key + '}').join(', ');
    fail(`has placeholders, but the chunk keys don't have ${shown}`, `write <buffer ${unknown.join(',')}>`);
  }
  if (!complete) return;

  const { timekey } = keys;
  if (keys.time && timekey !== undefined) {
    const needed = RESOLUTIONS.findLast(({ sec }) => sec <= timekey) ?? RESOLUTIONS[0];
    if (!finest) fail(`doesn't have time placeholders for timekey ${timekey}`, `add ${needed.directive} and the coarser ones`);
    else if (timekey < finest.sec) {
      const problem = `is too coarse for timekey ${timekey}: its finest time placeholder is ${finest.directive} (${finest.unit})`;
      fail(problem, `add ${needed.directive}`);
    }
  }
  if (keys.tag && !usesTag) fail("doesn't have a tag placeholder, but the chunk key 'tag' is configured", 'add ${tag} or ${tag[0]}');
  const missing = keys.fields.filter((key) => !fields.has(key)).sort();
  if (missing.length > 0) fail(`doesn't have placeholders for the chunk keys ${missing.join(', ')}`);
}

/** The shortest span of time that changes the text; undefined if it is the same for all days. */
function finestResolution(text: string): (typeof RESOLUTIONS)[number] | undefined {
  if (!text.includes('%')) return undefined;
  const format = compileStrftime(text, fixedZone(0));
  const base = format({ sec: CHECK_SEC, nsec: 0 });
  return RESOLUTIONS.find(({ sec }) => format({ sec: CHECK_SEC + sec, nsec: 0 }) !== base);
}
