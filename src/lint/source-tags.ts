/** Which tags the events of a source can have, as far as its configuration says it. */
import type { CheckedPlugin } from '../config/schema.ts';
import { EVERYTHING, languageOf, type Language, type Piece } from './tag-language.ts';

/** Inputs whose `tag` is the tag of all their events. */
const PLAIN = new Set([
  'systemd', 'tcp', 'udp', 'sample', 'dummy', 'cloudwatch_logs', 'monitor_agent', 'gc_stat', 'object_space', 'debug_agent', 'prometheus', 'prometheus_monitor',
  'prometheus_output_monitor', 'prometheus_tail_monitor',
]);

export interface SourceTags {
  /** All tags that it can give; more than that if it is not known. */
  readonly language: Language;
  /** Whether the language says anything. */
  readonly known: boolean;
  /** For people. */
  readonly text: string;
}

const UNKNOWN: SourceTags = { language: EVERYTHING, known: false, text: 'any tag: its senders or its data decide' };

export function sourceTags({ type, config }: Pick<CheckedPlugin, 'type' | 'config'>): SourceTags {
  const { tag } = config;
  if (typeof tag !== 'string' || tag === '') return UNKNOWN;
  if (type === 'tail') return tailTags(tag, config);
  if (type === 'syslog') return { language: languageOf([[{ kind: 'text', text: `${tag}.` }, { kind: 'any' }]]), known: true, text: `${tag}.FACILITY.PRIORITY` };
  const isFixed = (PLAIN.has(type) || type === 'exec') && !hasExtractedTag(config);
  return isFixed && !tag.includes('${') ? { language: languageOf([[{ kind: 'text', text: tag }]]), known: true, text: tag } : UNKNOWN;
}

function hasExtractedTag(config: Readonly<Record<string, unknown>>): boolean {
  return (config['extract'] as { tag_key?: unknown } | undefined)?.tag_key !== undefined;
}

/** `*` in the tag stands for the path with dots for slashes. */
function tailTags(tag: string, config: Readonly<Record<string, unknown>>): SourceTags {
  const star = tag.indexOf('*');
  if (star < 0) return { language: languageOf([[{ kind: 'text', text: tag }]]), known: true, text: tag };
  const before: Piece[] = [{ kind: 'text', text: tag.slice(0, star) }];
  const after: Piece[] = [{ kind: 'text', text: tag.slice(star + 1) }];
  const paths = pathsOf(config);
  const alternatives = paths.map((path) => [...before, ...pathPieces(path), ...after]);
  const shown = paths.map((path) => tag.replace('*', () => path.replace(/^\/+/, '').replaceAll('/', '.')));
  return { language: languageOf(alternatives), known: true, text: shown.join(', ') };
}

/** The paths and patterns of a tail source. */
export function pathsOf(config: Readonly<Record<string, unknown>>): string[] {
  const { path, path_delimiter: delimiter } = config;
  if (typeof path !== 'string') return [];
  return path.split(typeof delimiter === 'string' && delimiter !== '' ? delimiter : ',').map((each) => each.trim()).filter((each) => each !== '');
}

/** The path as it is in a tag, with anything where a pattern or a date stands. */
function pathPieces(path: string): Piece[] {
  return path
    .replace(/^\/+/, '')
    .split(/(\*+|\?|\[[^\]]*\]|\{[^}]*\}|%-?[A-Za-z%])/)
    .map((text, i): Piece => (i % 2 === 1 ? { kind: 'any' } : { kind: 'text', text: text.replace(/\/+/g, '.') }));
}
