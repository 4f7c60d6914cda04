/** Comma separated values, in the order of `fields`. */
import {
  addNewlineField, compileAccessor, ConfigError, defineFormatter, errorText, lineEnd, param, textOf,
  timelessFormatterFields, type RecordAccessor, type Value,
} from '#logferry';

export default defineFormatter({
  type: 'csv',
  doc: 'Writes comma separated values, in the order of fields.',
  config: {
    ...timelessFormatterFields,
    delimiter: param.custom('What stands between the values; TAB for a tab.', ({ text }) => (text === 'TAB' || text === '\\t' ? '\t' : text), {
      default: ',',
    }),
    force_quotes: param.bool('Whether all values stand in quotes.', { default: true }),
    fields: param.array('The fields, as names or record accessors such as $.a.b[0].', { valueType: 'string' }),
    ...addNewlineField,
  },

  create(config, context) {
    const fields = config.fields.filter((field) => field !== '');
    if (fields.length === 0) {
      throw new ConfigError('empty value is specified in fields parameter', context.place('fields'), 'name the fields to write');
    }
    const accessors = fields.map((field): RecordAccessor => {
      try {
        return compileAccessor(field);
      } catch (error) {
        throw new ConfigError(`'fields' parameter: ${errorText(error)}`, context.place('fields'));
      }
    });
    const { delimiter, force_quotes: always } = config;
    const end = lineEnd({ add_newline: config.add_newline });

    function cell(value: Value | undefined): string {
      const text = textOf(value);
      const isNil = value === null || value === undefined;
      const special = text.includes(delimiter) || /["\r\n]/.test(text) || (text === '' && !isNil);
      return always || special ? `"${text.replaceAll('"', '""')}"` : text;
    }

    return { format: (_tag, _time, record) => accessors.map((accessor) => cell(accessor.get(record))).join(delimiter) + end };
  },
});
