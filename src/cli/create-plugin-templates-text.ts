/** What `logferry create-plugin` starts parsers and formatters with. */
import { SAMPLE, SHOW, type PluginTemplate } from './create-plugin-template.ts';

/** Of a parser. */
export const PARSER: PluginTemplate = {
  doc: 'Reads pairs such as `level=warn user=42`.',
  source: `/** Reads pairs such as \`level=warn user=42\`. */
import { defineParser, param } from PACKAGE;

export default defineParser({
  type: 'NAME',
  doc: 'Reads pairs such as \`level=warn user=42\`.',
  config: {
    separator: param.string('Stands between name and value.', { default: '=' }),
  },

  create({ separator }, { clock }) {
    return {
      /** Undefined: the text does not fit. */
      parse(text) {
        const record = new Map<string, string>();
        for (const pair of text.split(' ')) {
          const at = pair.indexOf(separator);
          if (at < 1) return undefined;
          record.set(pair.slice(0, at), pair.slice(at + separator.length));
        }
        return { time: clock.time(), record };
      },
    };
  },
});
`,
  test: `test('reads pairs', async () => {
  const { plugin: parser } = await tryPlugin(plugin);
  const parsed = parser.parse('level=warn user=42');
  assert.ok(parsed && 'record' in parsed);
  assert.deepEqual([...parsed.record], [['level', 'warn'], ['user', '42']]);
});

test('a text without pairs does not fit', async () => {
  const { plugin: parser } = await tryPlugin(plugin);
  assert.equal(parser.parse('hello'), undefined);
});
`,
  config: `<source>
  @type sample
  tag demo
  rate 1
  sample {"message":"level=warn user=42"}
</source>
<filter **>
  @type parser
  key_name message
  <parse>
    @type NAME
  </parse>
</filter>
${SHOW}`,
};

/** Of a formatter. */
export const FORMATTER: PluginTemplate = {
  doc: 'Writes records as pairs such as `level=warn user=42`.',
  source: `/** Writes records as pairs such as \`level=warn user=42\`. */
import { defineFormatter, param, textOf } from PACKAGE;

export default defineFormatter({
  type: 'NAME',
  doc: 'Writes records as pairs such as \`level=warn user=42\`.',
  config: {
    separator: param.string('Stands between name and value.', { default: '=' }),
  },

  create({ separator }) {
    return {
      format: (_tag, _time, record) => [...record].map(([key, value]) => key + separator + textOf(value)).join(' ') + '\\n',
    };
  },
});
`,
  test: `test('writes pairs', async () => {
  const tried = await tryPlugin(plugin);
  const [event] = tried.batch('demo', [{ level: 'warn', user: 42 }]).events;
  assert.ok(event);
  assert.equal(tried.plugin.format('demo', event.time, event.record), 'level=warn user=42\\n');
});
`,
  config: `${SAMPLE}<match **>
  @type stdout
  <format>
    @type NAME
  </format>
</match>
`,
};
