import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Place } from '../../support/agent.ts';

let place: Place;
beforeEach(() => {
  place = new Place();
});
afterEach(() => place.remove());

const CONFIG = `
<source>
  @type tail
  path DIR/a.log
  tag a.b
  pos_file DIR/a.pos
  read_from_head true
  <parse>
    @type none
  </parse>
</source>
<source>
  @type tail
  path DIR/b.log
  tag b
  @label @L
  pos_file DIR/b.pos
  read_from_head true
  <parse>
    @type none
  </parse>
</source>
<match a.**>
  @type file
  path DIR/out-a
  append true
  <buffer []>
    @type memory
    flush_interval 0.05
  </buffer>
</match>
<label @L>
  <match **>
    @type file
    path DIR/out-b
    append true
    <buffer []>
      @type memory
      flush_interval 0.05
    </buffer>
  </match>
</label>
`;

const SYSTEM = `
  with_source_only true
  <source_only_buffer>
    path DIR/waiting
    flush_interval 0.05
  </source_only_buffer>
`;

async function start() {
  place.write('a.log', 'one\n');
  place.write('b.log', 'two\n');
  return place.start(CONFIG, {}, SYSTEM);
}

const lines = (name: string) => (place.has(name) ? place.read(name).split('\n').length - 1 : 0);

it('inputs run alone, what they emit waits in files, and goes its way with its label when the mode ends', async () => {
  const running = await start();
  await vi.waitFor(() => expect(running.metric('input_emitted_records_total')).toBe(2));
  expect(running.agent.isSourceOnly).toBe(true);
  expect(running.agent.graph.outputs.map(({ type }) => type)).toEqual(['buffer', 'buffer']);
  await expect(running.agent.reload()).rejects.toThrow('inputs run alone (with_source_only): send SIGWINCH first');
  await running.agent.endSourceOnly();
  place.append('a.log', 'three\n');
  await vi.waitFor(() => expect([lines('out-a.log'), lines('out-b.log')]).toEqual([2, 1]), 5000);
  expect(place.read('out-b.log')).toMatch(/\tb\t\{"message":"two"\}\n$/);
  await running.stop();
  expect(running.logged().filter((line) => !line.startsWith('warn: pattern'))).toEqual([]);
  expect(running.agent.ledger().imbalances).toEqual([]);
});

it('nothing is left out and nothing is read twice when the agent ends in this mode', async () => {
  const running = await start();
  await vi.waitFor(() => expect(running.metric('input_emitted_records_total')).toBe(2));
  await running.stop();
  const stored = readdirSync(place.at('waiting'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.log'));
  expect(stored.map((name) => name.split('/')[0]).sort()).toEqual(['_L', '_ROOT']);
  const again = await place.start(CONFIG, {}, SYSTEM);
  await again.agent.endSourceOnly();
  await vi.waitFor(() => expect([lines('out-a.log'), lines('out-b.log')]).toEqual([1, 1]), 5000);
});
