/** Several formats, of which the first that fits is taken. */
import { ConfigError, defineParser, limitTime, owned, param, parserFields, withoutEffect, type Parsed } from '#logferry';

export default defineParser({
  type: 'multi_format',
  doc: 'Tries several formats in turn and takes the first that fits.',
  config: {
    ...withoutEffect(parserFields, 'each <pattern> has its own'),
    timeout: parserFields.timeout,
    format_key: param.string('The field that gets the name of the format that did fit.', { optional: true }),
    pattern: owned('parser', 'A format (@type, or format) with its parameters; format_name names it.', {
      multi: true,
      legacy: { format: '@type' },
      outer: ['format_name'],
    }),
  },

  create(config, context) {
    if (config.pattern.length === 0) {
      throw new ConfigError('multi_format has no formats', context.element.at, 'add a <pattern> section for each format');
    }
    const formats = config.pattern.map((plugin, i) => ({
      parser: context.create(plugin),
      name: plugin.element.params.get('format_name')?.text ?? `${plugin.type}#${i}`,
    }));
    const key = config.format_key;

    return limitTime(
      {
        parse(text, asBytes) {
          for (const { parser, name } of formats) {
            const parsed = firstEvent(() => parser.parse(text, asBytes));
            if (!parsed) continue;
            if (key === undefined) return parsed;
            return { time: parsed.time, record: new Map(parsed.record).set(key, name) };
          }
          return undefined;
        },
      },
      config,
      context,
    );
  },
});

/** The first event with a time; undefined also if the parser threw, as a format that fails does not fit. */
function firstEvent(parse: () => Parsed | readonly (Parsed | undefined)[] | undefined): Parsed | undefined {
  let found: ReturnType<typeof parse>;
  try {
    found = parse();
  } catch {
    return undefined;
  }
  const events = Array.isArray(found) ? (found as readonly (Parsed | undefined)[]) : [found as Parsed | undefined];
  return events.find((event) => event?.time !== undefined);
}
