import { describe, expect, test } from 'vitest';

interface Node {
  readonly kind: string;
  readonly key: string;
  readonly filters?: readonly unknown[];
}
interface Edge {
  readonly key: string;
  readonly from: string;
  readonly to: string;
}
interface Place {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}
type Layout = (model: { nodes: readonly Node[]; edges: readonly Edge[] }, available: number) => { width: number; height: number; places: Map<string, Place>; paths: Map<string, string> };

const folder = new URL('../../../../src/admin/page/', import.meta.url);
const { layout } = (await import(new URL('pipeline-layout.js', folder).href)) as { layout: Layout };
const format = (await import(new URL('format.js', folder).href)) as Record<string, (value: number) => string>;
const { cut } = (await import(new URL('format.js', folder).href)) as { cut: (text: string, most: number, keepEnd?: boolean) => string };

const edge = (from: string, to: string): Edge => ({ key: `${from} ${to}`, from, to });
const MODEL = {
  nodes: [
    { kind: 'input', key: 'in' },
    { kind: 'input', key: 'in2' },
    { kind: 'label', key: 'A', filters: [1, 2] },
    { kind: 'label', key: 'B', filters: [] },
    { kind: 'output', key: 'relabel' },
    { kind: 'output', key: 'out' },
  ],
  edges: [edge('in', 'A'), edge('in2', 'B'), edge('A', 'relabel'), edge('relabel', 'B'), edge('B', 'out')],
};

function overlaps(places: Iterable<Place>): number {
  const all = [...places];
  return all.filter((a, i) => all.some((b, j) => i < j && a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h)).length;
}

describe('the layout', () => {
  test('goes from left to right on a wide page', () => {
    const { places, paths, width } = layout(MODEL, 1200);
    const x = (key: string): number => places.get(key)!.x;
    expect(x('in')).toBe(x('in2'));
    for (const { from, to } of MODEL.edges) expect(x(from)).toBeLessThan(x(to));
    expect(overlaps(places.values())).toBe(0);
    expect(paths.size).toBe(5);
    expect(width).toBe(1200);
  });

  test('goes from top to bottom on a phone, within its width', () => {
    const { places, width } = layout(MODEL, 340);
    expect(width).toBe(340);
    expect(overlaps(places.values())).toBe(0);
    expect([...places.values()].every(({ x, w }) => x >= 0 && x + w <= 340)).toBe(true);
    expect([...places.keys()]).toEqual(['in', 'A', 'relabel', 'B', 'out', 'in2']);
  });

  test('is wider than the page rather than unreadable', () => {
    const chain = Array.from({ length: 12 }, (_, i) => ({ kind: i === 0 ? 'input' : 'output', key: `n${i}` }));
    const { width, places } = layout({ nodes: chain, edges: chain.slice(1).map(({ key }, i) => edge(`n${i}`, key)) }, 1000);
    expect(width).toBeGreaterThan(1900);
    expect(overlaps(places.values())).toBe(0);
  });

  test('draws what leads back without losing its way', () => {
    const { paths, places, height } = layout({ nodes: MODEL.nodes, edges: [...MODEL.edges, edge('out', 'A'), edge('A', 'A')] }, 1200);
    expect(places.size).toBe(6);
    expect(paths.size).toBe(7);
    expect(height).toBeGreaterThan(0);
    expect([...paths.values()].some((path) => path.includes('NaN'))).toBe(false);
  });

  test('is empty for an agent without plugins', () => {
    expect(layout({ nodes: [], edges: [] }, 800).places.size).toBe(0);
  });
});

test.each([
  ['rate', 0, '0'], ['rate', 0.02, '<0.1'], ['rate', 9.94, '9.9'], ['rate', 9.96, '10'], ['rate', 999.6, '1.00k'], ['rate', 45_678, '45.7k'], ['rate', 2_500_000, '2.50M'], ['rate', Number.NaN, '0'],
  ['bytes', 0, '0 B'], ['bytes', 999, '999 B'], ['bytes', 1000, '0.98 KiB'], ['bytes', 1_572_864, '1.50 MiB'], ['bytes', 5e14, '455 TiB'],
  ['span', 0, '0 s'], ['span', 0.42, '0.4 s'], ['span', 59.6, '1 min'], ['span', 200, '3 min 20 s'], ['span', 18_120, '5 h 2 min'], ['span', 400_000, '4 d 15 h'],
  ['count', 1_234_567, '1\u202f234\u202f567'],
] as const)('%s(%d) is %s', (name, value, text) => {
  expect(format[name]!(value)).toBe(text);
});

test('a text that is too long is cut at its end, or at its beginning', () => {
  expect([cut('abcdef', 4), cut('abcdef', 4, true), cut('abcd', 4)]).toEqual(['abc…', '…def', 'abcd']);
});
