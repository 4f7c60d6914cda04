/** The types that follow from declarations. `npm run typecheck` checks this file: each wrong use below must be an error there. */
import { expectTypeOf, test } from 'vitest';
import {
  defineFilter, defineFormatter, defineInput, defineOutput, defineParser, defineStorage, owned, param, section, tryPlugin, withEvents,
  type BufferedOutput, type Fields, type Filter, type Infer, type ObjectBatch, type Output, type OwnedPlugin, type Parser, type RegexpLiteral, type TriedPlugin, type Value,
} from '#logferry';

const fields = {
  needed: param.string('Needed.'),
  given: param.integer('Has a default.', { default: 1 }),
  maybe: param.bool('May be absent.', { optional: true }),
  choice: param.enum(['low', 'high'], 'One of these.', { default: 'low' }),
  list: param.array('Texts.', { default: [] }),
  table: param.hash('Names and values.', { optional: true }),
  pattern: param.regexp('A pattern.'),
  size: param.custom('A number of its own.', ({ text }) => text.length, { default: 0 }),
  one: section('At most one.', { host: param.string('Host.') }),
  always: section('Always there.', { port: param.integer('Port.', { default: 1 }) }, { init: true }),
  many: section('Any number.', { host: param.string('Host.') }, { multi: true, argument: { name: param.string('Name.', { optional: true }) } }),
  parse: owned('parser', 'How to read.', { required: true }),
  format: owned('formatter', 'How to write.', { defaultType: 'json' }),
  store: owned('output', 'Where to.', { multi: true }),
  extra: owned('storage', 'State.'),
} satisfies Fields;

test('parameters have the types of their declarations', () => {
  type Config = Infer<typeof fields>;
  expectTypeOf<Config['needed']>().toEqualTypeOf<string>();
  expectTypeOf<Config['given']>().toEqualTypeOf<number>();
  expectTypeOf<Config['maybe']>().toEqualTypeOf<boolean | undefined>();
  expectTypeOf<Config['choice']>().toEqualTypeOf<'low' | 'high'>();
  expectTypeOf<Config['list']>().toEqualTypeOf<readonly string[]>();
  expectTypeOf<Config['table']>().toEqualTypeOf<ReadonlyMap<string, Value> | undefined>();
  expectTypeOf<Config['pattern']>().toEqualTypeOf<RegexpLiteral>();
  expectTypeOf<Config['size']>().toEqualTypeOf<number>();
});

test('sections and plugins within have the types of their declarations', () => {
  type Config = Infer<typeof fields>;
  expectTypeOf<NonNullable<Config['one']>['host']>().toEqualTypeOf<string>();
  expectTypeOf<undefined>().toExtend<Config['one']>();
  expectTypeOf<Config['always']['port']>().toEqualTypeOf<number>();
  expectTypeOf<Config['many'][number]['host']>().toEqualTypeOf<string>();
  expectTypeOf<Config['many'][number]['name']>().toEqualTypeOf<string | undefined>();
  expectTypeOf<Config['parse']>().toEqualTypeOf<OwnedPlugin<'parser'>>();
  expectTypeOf<Config['format']>().toEqualTypeOf<OwnedPlugin<'formatter'>>();
  expectTypeOf<Config['store']>().toEqualTypeOf<readonly OwnedPlugin<'output'>[]>();
  expectTypeOf<Config['extra']>().toEqualTypeOf<OwnedPlugin<'storage'> | undefined>();
});

test('a context creates the plugin that a section holds', () => {
  defineInput({ type: 'x', doc: 'X.', config: fields, create: (config, context) => {
    expectTypeOf(context.create(config.parse)).toEqualTypeOf<Parser>();
    // @ts-expect-error -- an optional section may be absent
    context.create(config.extra);
    return {};
  } });
});

test('a test of a plugin knows its kind', () => {
  const filter = defineFilter({ type: 'x', doc: 'X.', config: {}, create: () => ({ filter: (batch) => batch }) });
  const output = defineOutput({ type: 'x', doc: 'X.', config: {}, create: () => ({ emit() {} }) });
  expectTypeOf(tryPlugin(filter)).resolves.toEqualTypeOf<TriedPlugin<'filter'>>();
  expectTypeOf<TriedPlugin<'filter'>['plugin']>().toEqualTypeOf<Filter>();
  expectTypeOf(tryPlugin(output)).resolves.toEqualTypeOf<TriedPlugin<'output'>>();
  expectTypeOf<TriedPlugin<'output'>['plugin']>().toEqualTypeOf<Output | BufferedOutput>();
});

test('wrong use does not compile', () => {
  // @ts-expect-error -- a parameter needs a doc sentence
  param.string();
  // @ts-expect-error -- a default is of the type of the parameter
  param.integer('N.', { default: '1' });
  // @ts-expect-error -- a default is one of the values
  param.enum(['a', 'b'], 'E.', { default: 'c' });
  // @ts-expect-error -- there is no such option
  param.string('S.', { secrets: true });
  // @ts-expect-error -- a filter has to have filter()
  defineFilter({ type: 'x', doc: 'X.', config: {}, create: () => ({ emit() {} }) });
  // @ts-expect-error -- create gives the plugin at once
  defineFilter({ type: 'x', doc: 'X.', config: {}, create: async () => ({ filter: (batch: ObjectBatch) => batch }) });
  // @ts-expect-error -- a plugin needs a doc sentence
  defineParser({ type: 'x', config: {}, create: () => ({ parse: () => undefined }) });
  // @ts-expect-error -- a formatter gives text or bytes
  defineFormatter({ type: 'x', doc: 'X.', config: {}, create: () => ({ format: () => 1 }) });
  // @ts-expect-error -- a storage has all of its methods
  defineStorage({ type: 'x', doc: 'X.', config: {}, create: () => ({ get: () => undefined }) });
  defineFilter({ type: 'x', doc: 'X.', config: { n: param.integer('N.', { optional: true }) }, create: ({ n }) => ({
    // @ts-expect-error -- it may be undefined
    filter: (batch) => withEvents(batch, batch.events.slice(0, n + 1)),
  }) });
  defineFilter({ type: 'x', doc: 'X.', config: { n: param.integer('N.') }, create: (config) => ({
    // @ts-expect-error -- it is not declared
    filter: (batch) => (config.m ? batch : batch),
  }) });
  defineFilter({ type: 'x', doc: 'X.', config: {}, create: () => ({
    filter: (batch) => {
      // @ts-expect-error -- records belong to others, too
      batch.events[0]?.record.set('a', 1);
      return batch;
    },
  }) });
});
