import { expect, test } from 'vitest';
import { ObjectBatch, type EventBatch } from '../../../src/event.ts';
import { LabelRouter } from '../../../src/routing/label-router.ts';
import { compileMatchPattern } from '../../../src/routing/match-pattern.ts';
import { testContext } from '../../support/context.ts';

const batchOf = (text: string): EventBatch => new ObjectBatch('a', [{ time: { sec: 0, nsec: 0 }, record: new Map([['text', text]]) }]);

function routerTo(name: string, emit: (batch: EventBatch) => void | Promise<void>): LabelRouter {
  const router = new LabelRouter(name, { log: testContext({ kind: 'input', type: 'x' }).log, errorRouter: () => undefined, now: () => 0 });
  router.replace([{ pattern: compileMatchPattern('**'), output: { emit } }]);
  return router;
}

test('what was held further down goes on before what comes there from above, however the routers open', async () => {
  for (const turned of [false, true]) {
    const seen: string[] = [];
    const below = routerTo('@BELOW', (batch) => void seen.push(...batch.events.map(({ record }) => String(record.get('text')))));
    const above = routerTo('ROOT', (batch) => below.emit(batch));
    let open!: () => void;
    const gate = new Promise<void>((resolve) => (open = resolve));
    for (const router of turned ? [below, above] : [above, below]) router.hold(gate);
    const waiting = [above.emit(batchOf('from above')), below.emit(batchOf('from below')), above.emit(batchOf('from above, too'))];
    expect(seen).toEqual([]);
    open();
    await Promise.all(waiting);
    expect(seen).toEqual(['from below', 'from above', 'from above, too']);
    expect(above.emit(batchOf('later'))).toBeUndefined();
    expect(seen.at(-1)).toBe('later');
    expect([above.enteredRecords, below.enteredRecords]).toEqual([3, 4]);
  }
});

test('what an output throws for a held batch reaches who emitted it, and those behind it go on', async () => {
  const router = routerTo('ROOT', (batch) => {
    if (batch.events[0]!.record.get('text') === 'bad') throw new Error('no');
  });
  let open!: () => void;
  router.hold(new Promise<void>((resolve) => (open = resolve)));
  const results = Promise.allSettled([router.emit(batchOf('bad')), router.emit(batchOf('good'))]);
  open();
  expect((await results).map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
});
