/** Events of several lines: the parts of a regular expression, and how a first line looks. */
import {
  compileRegexp, ConfigError, createFinisher, createRegexpMatcher, defineParser, errorText, limitTime, param, parserFields,
  withDefaults, type CompiledRegexp, type Location, type Parsed, type PluginContext,
} from '#logferry';

/** `format1` to `format20`. */
const MAX_FORMATS = 20;

const formatFields = Object.fromEntries(
  Array.from({ length: MAX_FORMATS }, (_, i) => [
    `format${i + 1}`,
    param.string(`Part ${i + 1} of the regular expression, between slashes; a dot matches line breaks.`, { optional: true }),
  ]),
);

export default defineParser({
  type: 'multiline',
  doc: 'Reads events of several lines with a regular expression that is given in parts (format1, format2 ...).',
  config: {
    ...withDefaults(parserFields, { time_key: 'time' }),
    format_firstline: param.string('A regular expression between slashes for the first line of an event.', { optional: true }),
    unmatched_lines: param.string('Set by the input: what does not match becomes events with the field unmatched_line.', {
      optional: true,
    }),
    ...(formatFields as Record<`format${1 | 2}`, (typeof formatFields)[string]>),
  },

  create(config, context) {
    const { source, at } = joinFormats(config as Readonly<Record<string, unknown>>, context);
    const regexp = compilePart(source, 'm', 'format1', at);
    if (regexp.groups.length === 0) {
      const hint = 'name the groups whose text you want, such as (?<message>.*)';
      throw new ConfigError(`Invalid regexp '${source}': No named captures`, at, hint);
    }
    const { format_firstline: first, unmatched_lines: unmatched } = config;
    const firstLine = first === undefined ? undefined : compileFirstLine(first, context);
    const matcher = createRegexpMatcher(regexp, config, createFinisher(config, context));
    const keepUnmatched = unmatched !== undefined && unmatched !== 'false' && unmatched !== 'no';

    /** What does not match, as an event if the input wants that. */
    function unmatchedEvent(text: string): Parsed | undefined {
      return keepUnmatched ? { time: context.clock.time(), record: new Map([['unmatched_line', text]]) } : undefined;
    }

    return limitTime(
      {
        parse(text, asBytes = false) {
          const events: (Parsed | undefined)[] = [];
          let rest = text;
          for (;;) {
            const found = matcher.match(rest, asBytes);
            if (!found) return [...events, unmatchedEvent(rest)];
            events.push(found.parsed.time === undefined ? unmatchedEvent(rest) : found.parsed);
            const next = rest.slice(found.end).replace(/^\n/, '');
            if (next === '' || next === rest) return events;
            rest = next;
          }
        },
        multiline: { firstLine: firstLine && ((text) => firstLine.test(text)) },
      },
      config,
      context,
    );
  },
});

/** The parts as one pattern, and the place of the first. */
function joinFormats(config: Readonly<Record<string, unknown>>, context: PluginContext): { source: string; at: Location | undefined } {
  const numbers = [...context.element.params.keys()].map((name) => /^format(\d+)$/.exec(name)?.[1]).filter((n) => n !== undefined);
  const wrong = numbers.filter((n) => Number(n) < 1 || Number(n) > MAX_FORMATS).map((n) => `format${n}`);
  if (wrong.length > 0) {
    const message = `Invalid formatN found. N should be 1 - ${MAX_FORMATS}: ${wrong.join(',')}`;
    throw new ConfigError(message, context.place(wrong[0]!));
  }
  let source = '';
  for (let n = 1; n <= MAX_FORMATS; n++) {
    const name = `format${n}`;
    const text = config[name] as string | undefined;
    if (text === undefined) continue;
    if (n > 1 && config[`format${n - 1}`] === undefined) {
      throw new ConfigError(`Jump of format index found. format${n - 1} is missing.`, context.place(name));
    }
    const part = withoutSlashes(text, name, context);
    compilePart(part, 'm', name, context.place(name));
    source += part;
  }
  return { source, at: context.place('format1') };
}

function withoutSlashes(text: string, name: string, context: PluginContext): string {
  if (text.length > 1 && text.startsWith('/') && text.endsWith('/')) return text.slice(1, -1);
  throw new ConfigError(`format should be Regexp, need //, in ${name}: '${text}'`, context.place(name), 'write it as /pattern/');
}

function compileFirstLine(text: string, context: PluginContext): CompiledRegexp {
  const source = withoutSlashes(text, 'format_firstline', context);
  return compilePart(source, '', 'format_firstline', context.place('format_firstline'));
}

function compilePart(source: string, options: string, name: string, at: Location | undefined): CompiledRegexp {
  try {
    return compileRegexp(source, options);
  } catch (error) {
    throw new ConfigError(`Invalid regexp in ${name}: ${errorText(error)}`, at);
  }
}
