/** Access logs of Apache httpd, with numbers, and nil for `-`. */
import {
  compileRegexp, createConfiguredTimeParser, createFinisher, defineParser, groupText, limitTime, parserFields, textToInteger,
  timeSettings, type Value,
} from '#logferry';

const ACCESS = compileRegexp(
  '^(?<host>[^ ]*) [^ ]* (?<user>[^ ]*) \\[(?<time>[^\\]]*)\\] "(?<method>\\S+)(?: +(?<path>(?:[^\\"]|\\\\")*?)(?: +\\S*)?)?"' +
    ' (?<code>[^ ]*) (?<size>[^ ]*)(?: "(?<referer>(?:[^\\"]|\\\\")*)" "(?<agent>(?:[^\\"]|\\\\")*)")?$',
);
const TIME_FORMAT = '%d/%b/%Y:%H:%M:%S %z';

export default defineParser({
  type: 'apache2',
  doc: 'Reads access logs of Apache httpd in the common and the combined form; code and size are numbers, - is nil.',
  config: parserFields,

  create(config, context) {
    // The shared part is made for the sake of its checks: types and the like do not count here.
    createFinisher(config, context);
    const settings = timeSettings(config, context.element);
    const timeParser = createConfiguredTimeParser({ ...settings, timeFormat: TIME_FORMAT }, context);

    return limitTime(
      {
        parse(text) {
          const found = ACCESS.exec(text);
          if (!found) return undefined;
          const group = new Map(ACCESS.groups.map((named) => [named.name, groupText(found, named)]));
          const textOf = (name: string): string | null => {
            const value = group.get(name);
            return value === undefined || value === '-' ? null : value;
          };
          const size = textOf('size');
          const timeText = group.get('time')!;
          const record = new Map<string, Value>([
            ['host', textOf('host')],
            ['user', textOf('user')],
            ['method', group.get('method') ?? null],
            ['path', group.get('path') ?? null],
            ['code', textToInteger(group.get('code')!) || null],
            ['size', size === null ? null : textToInteger(size)],
            ['referer', textOf('referer')],
            ['agent', textOf('agent')],
          ]);
          if (config.keep_time_key) record.set('time', timeText);
          return { time: timeParser.parse(timeText), record };
        },
      },
      config,
      context,
    );
  },
});
