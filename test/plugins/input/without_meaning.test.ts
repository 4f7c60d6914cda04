import { expect, it } from 'vitest';
import debugAgent from '../../../plugins/input/debug_agent.ts';
import gcStat from '../../../plugins/input/gc_stat.ts';
import objectSpace from '../../../plugins/input/object_space.ts';
import type { Input } from '../../../src/plugin.ts';
import { createPlugin, testContext } from '../../support/context.ts';

it.each([
  ['debug_agent', (context: ReturnType<typeof testContext>) => createPlugin(debugAgent, {}, context) as Input],
  ['gc_stat', (context: ReturnType<typeof testContext>) => createPlugin(gcStat, { tag: 't' }, context) as Input],
  ['object_space', (context: ReturnType<typeof testContext>) => createPlugin(objectSpace, { tag: 't' }, context) as Input],
])('%s is accepted, says that it has no meaning here, and emits nothing', async (type, create) => {
  const context = testContext({ kind: 'input', type });
  await create(context).start!();
  expect(context.log.lines.map(({ level, message }) => [level, message.startsWith(type)])).toEqual([['warn', true]]);
  expect(context.router.batches).toEqual([]);
});
