/** Grok: patterns put together from named ones, the first of which that matches is taken. */
import {
  compileRegexp, ConfigError, createFinisher, createRegexpMatcher, defineParser, errorText, limitTime, param, parserFields,
  section, type Infer, type Parsed, type Parser, type ParserConfig, type PluginContext, type RegexpMatcher,
} from '#logferry';
import { expandGrok, UnknownPatternError } from './expand.ts';
import { readPatterns } from './read-patterns.ts';
import { GROK_PATTERNS } from './patterns/index.ts';

const FAILURE = 'No grok pattern matched';

const grokFields = {
  ...parserFields,
  grok_pattern: param.string('The pattern, such as %{IP:client} %{WORD:method}.', { optional: true }),
  custom_pattern_path: param.string('A file with patterns of your own (NAME PATTERN), or a folder of such files.', {
    optional: true,
  }),
  grok_failure_key: param.string('The field that says so when no pattern matched.', { optional: true }),
  grok_name_key: param.string("The field that gets the name of the section whose pattern matched, or the section's number.", {
    optional: true,
  }),
  grok: section(
    'One of several patterns; the first that matches is taken.',
    {
      name: param.string('Its name, for grok_name_key.', { optional: true }),
      pattern: param.string('The pattern.'),
      keep_time_key: param.bool('The field with the time stays in the record.', { default: false }),
      time_key: param.string('The field that has the time.', { default: 'time' }),
      time_format: param.string('The format of that time.', { optional: true }),
      timezone: param.string('The zone of that time.', { optional: true }),
    },
    { multi: true },
  ),
};

type GrokConfig = Infer<typeof grokFields>;

interface NamedMatcher {
  readonly name: string | number;
  readonly matcher: RegexpMatcher;
}

function createGrok(config: GrokConfig, context: PluginContext, options: '' | 'm'): Parser {
  const finisher = createFinisher(config, context);
  const path = config.custom_pattern_path;
  const known = new Map([...GROK_PATTERNS, ...(path === undefined ? [] : readPatterns(context.path(path)))]);
  const matchers = createMatchers(config, context, known, options);
  if (matchers.length === 0) {
    const hint = 'add grok_pattern, or <grok> sections';
    throw new ConfigError('no grok patterns. Check configuration, e.g. typo, configuration syntax, etc', context.element.at, hint);
  }
  const { grok_name_key: nameKey, grok_failure_key: failureKey } = config;

  function unmatched(text: string): Parsed {
    const record = new Map([['message', text]]);
    if (failureKey !== undefined) record.set(failureKey, FAILURE);
    return { time: finisher.estimatedTime(), record };
  }

  return limitTime(
    {
      parse(text, asBytes = false) {
        for (const { name, matcher } of matchers) {
          const parsed = matcher.match(text, asBytes)?.parsed;
          if (parsed?.time === undefined) continue;
          return nameKey === undefined ? parsed : { time: parsed.time, record: new Map(parsed.record).set(nameKey, name) };
        }
        return unmatched(text);
      },
    },
    config,
    context,
  );
}

function createMatchers(
  config: GrokConfig,
  context: PluginContext,
  known: ReadonlyMap<string, string>,
  options: '' | 'm',
): NamedMatcher[] {
  const compile = (name: string | number, pattern: string, settings: ParserConfig): NamedMatcher[] => {
    try {
      const { regexp, types } = expandGrok(pattern, known, options);
      const own: ParserConfig = { ...settings, types: types.size > 0 ? types : settings.types };
      return [{ name, matcher: createRegexpMatcher(regexp, own, createFinisher(own, context)) }];
    } catch (error) {
      if (error instanceof UnknownPatternError) throw new ConfigError(error.message, context.element.at, `in ${pattern}`);
      if (error instanceof ConfigError) throw error;
      // As Fluentd, which goes on with the other patterns.
      context.log.error('a grok pattern is not used', { pattern, error: errorText(error) });
      return [];
    }
  };
  if (config.grok_pattern !== undefined) {
    return compile('grok_pattern', config.grok_pattern, { ...config, time_key: config.time_key ?? 'time' });
  }
  return config.grok.flatMap((grok, i) =>
    compile(grok.name ?? i, grok.pattern, {
      ...config,
      null_value_pattern: undefined,
      null_empty_string: false,
      estimate_current_event: true,
      types: undefined,
      time_type: 'string',
      time_key: grok.time_key,
      keep_time_key: grok.keep_time_key || config.keep_time_key,
      time_format: grok.time_format ?? config.time_format,
      timezone: grok.timezone ?? config.timezone,
    }),
  );
}

const grok = defineParser({
  type: 'grok',
  doc: 'Matches texts with patterns that are put together from named ones, such as %{IP:client} %{NUMBER:bytes:integer}.',
  config: grokFields,
  create: (config, context) => createGrok(config, context, ''),
});

const multilineGrok = defineParser({
  type: 'multiline_grok',
  doc: 'As grok, for events of several lines.',
  config: {
    ...grokFields,
    multiline_start_regexp: param.string('A regular expression between slashes for the first line of an event.', {
      optional: true,
    }),
  },

  create(config, context) {
    const parser = createGrok(config, context, 'm');
    const start = config.multiline_start_regexp;
    if (start === undefined) return { ...parser, multiline: {} };
    try {
      const firstLine = compileRegexp(start.slice(1, -1));
      return { ...parser, multiline: { firstLine: (text) => firstLine.test(text) } };
    } catch (error) {
      throw new ConfigError(`'multiline_start_regexp' parameter: ${errorText(error)}`, context.place('multiline_start_regexp'));
    }
  },
});

export default [grok, multilineGrok];
