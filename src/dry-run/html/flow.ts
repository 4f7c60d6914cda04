/** Where the boxes and bands of the flow stand: sources on the left, labels between, destinations on the right. Pure. */
import type { DryRunReport, RouteReport } from '../report.ts';
import { stepName } from '../step-name.ts';

export interface FlowNode {
  readonly key: string;
  readonly kind: 'source' | 'label' | 'group' | 'other';
  readonly name: string;
  /** Second line: counts. */
  readonly note: string;
  readonly column: number;
  x: number;
  y: number;
  height: number;
  value: number;
  /** Number of the colour. */
  colour: number;
}

export interface FlowBand {
  readonly from: FlowNode;
  readonly to: FlowNode;
  value: number;
  /** Sources whose events are in it, by their position in the routes. */
  readonly routes: readonly number[];
  fromY: number;
  toY: number;
  width: number;
  colour: number;
}

export interface Flow {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly FlowNode[];
  readonly bands: readonly FlowBand[];
}

/** Width of the drawing, of a box, and the space between two of them. */
const WIDTH = 1120;
export const BOX = 12;
const GAP = 34;
const TOP = 18;
/** Height of all bands of the fullest column. */
const BANDS = 260;
/** Every band is seen, every box has room for its two lines. */
const THIN = 2;
const LOW = 12;
/** Room for the names at the right edge. */
const RIGHT = 290;
/** Boxes of a column; the smallest others are one box. */
const MAX_BOXES = 14;

/** The way of one source's bytes to one destination. */
interface Path {
  readonly route: number;
  readonly keys: readonly string[];
  readonly value: number;
}

interface Draft {
  readonly kind: FlowNode['kind'];
  readonly name: string;
  readonly note: string;
  readonly depth: number;
}

/** Undefined: nothing flows. */
export function layOut(report: DryRunReport, byteText: (bytes: number) => string, count: (events: number) => string): Flow | undefined {
  const drafts = new Map<string, Draft>();
  const paths = mergeSmall(report.routes.flatMap((route, i) => pathsOf(report, route, i, drafts, byteText, count)), drafts);
  if (paths.length === 0) return undefined;
  const depth = Math.max(...paths.map(({ keys }) => keys.length));
  const nodes = new Map<string, FlowNode>();
  const bands = new Map<string, FlowBand & { routes: number[] }>();
  const colours = new Map<string, number>();
  for (const { keys } of paths) if (!colours.has(keys.at(-1)!)) colours.set(keys.at(-1)!, colours.size);
  for (const { route, keys, value } of paths) {
    const colour = colours.get(keys.at(-1)!)!;
    const made = keys.map((key, i) => {
      const draft = drafts.get(key)!;
      const column = i === 0 ? 0 : i === keys.length - 1 ? depth - 1 : draft.depth;
      let node = nodes.get(key);
      if (!node) nodes.set(key, (node = { ...draft, key, column, x: 0, y: 0, height: 0, value: 0, colour }));
      node.value += value;
      return node;
    });
    for (let i = 1; i < made.length; i++) {
      const key = `${made[i - 1]!.key}\n${made[i]!.key}\n${colour}`;
      let band = bands.get(key);
      if (!band) bands.set(key, (band = { from: made[i - 1]!, to: made[i]!, value: 0, routes: [], fromY: 0, toY: 0, width: 0, colour }));
      band.value += value;
      if (!band.routes.includes(route)) band.routes.push(route);
    }
  }
  return place([...nodes.values()], [...bands.values()], depth);
}

function pathsOf(
  report: DryRunReport, route: RouteReport, index: number, drafts: Map<string, Draft>, byteText: (bytes: number) => string, count: (events: number) => string,
): Path[] {
  const source = report.sources.find(({ step }) => step === route.source);
  const step = report.steps[route.source]!;
  const first = `source ${route.source}`;
  drafts.set(first, { kind: 'source', name: stepName(step), note: `${count(source?.events ?? 0)} · ${byteText(source?.bytes ?? 0)}`, depth: 0 });
  const labels: string[] = [];
  const paths: Path[] = [];
  for (const { step: at, bytes, places } of route.hops) {
    const hop = report.steps[at]!;
    if (labels.at(-1) !== hop.label && !labels.includes(hop.label)) labels.push(hop.label);
    if (bytes === null && (hop.kind !== 'output' || places.length === 0)) continue;
    const through = labels.slice(0, labels.indexOf(hop.label) + 1);
    for (const [i, label] of through.entries()) {
      const entered = report.labels.find(({ name }) => name === label)?.entered ?? 0;
      drafts.set(`label ${label}`, { kind: 'label', name: label === '@ROOT' ? 'top level' : label, note: count(entered), depth: Math.max(i + 1, drafts.get(`label ${label}`)?.depth ?? 0) });
    }
    for (const { name: place, events: own, bytes: stored } of places) {
      const key = hop.type === 'cloudwatch_logs' ? `group ${place}` : `other ${at} ${place}`;
      const group = report.cloudwatch.groups.find(({ name }) => name === place);
      const note = group ? `${count(group.events)} · ${byteText(group.bytes)} · ${group.streams.length} stream${group.streams.length === 1 ? '' : 's'}` : `${count(report.destinations.find(({ step: output, name }) => output === at && (name ?? '') === place)?.events ?? own)}${hop.type === 'null' ? ', thrown away' : ''}`;
      drafts.set(key, { kind: hop.type === 'cloudwatch_logs' ? 'group' : 'other', name: place === '' ? stepName(hop) : place, note, depth: 0 });
      paths.push({ route: index, keys: [first, ...through.map((label) => `label ${label}`), key], value: Math.max(1, bytes === 0 ? own : stored) });
    }
  }
  return paths;
}

/** The smallest sources and destinations become one box each, if there are too many of them. */
function mergeSmall(paths: readonly Path[], drafts: Map<string, Draft>): Path[] {
  const names = new Map<string, string>();
  for (const end of ['first', 'last'] as const) {
    const totals = new Map<string, number>();
    for (const { keys, value } of paths) {
      const key = end === 'first' ? keys[0]! : keys.at(-1)!;
      totals.set(key, (totals.get(key) ?? 0) + value);
    }
    if (totals.size <= MAX_BOXES) continue;
    const small = [...totals].sort((a, b) => b[1] - a[1]).slice(MAX_BOXES - 1).map(([key]) => key);
    const key = `rest ${end}`;
    drafts.set(key, { kind: end === 'first' ? 'source' : 'other', name: `${small.length} more`, note: end === 'first' ? 'smaller sources' : 'smaller destinations', depth: 0 });
    for (const one of small) names.set(one, key);
  }
  return paths.map((path) => ({ ...path, keys: path.keys.map((key) => names.get(key) ?? key) }));
}

function place(nodes: FlowNode[], bands: FlowBand[], depth: number): Flow {
  const columns = Array.from({ length: depth }, (_, column) => nodes.filter((node) => node.column === column));
  const fullest = Math.max(...columns.map((column) => column.reduce((sum, { value }) => sum + value, 0)));
  const scale = BANDS / fullest;
  for (const band of bands) band.width = Math.max(THIN, band.value * scale);
  const sum = (some: readonly FlowBand[]) => some.reduce((total, { width }) => total + width, 0);
  for (const node of nodes) node.height = Math.max(LOW, sum(bands.filter(({ from }) => from === node)), sum(bands.filter(({ to }) => to === node)));
  const heights = columns.map((column) => column.reduce((total, { height }) => total + height, 0) + GAP * Math.max(0, column.length - 1));
  const height = Math.max(...heights, 120) + 2 * TOP + 12;
  const step = (WIDTH - RIGHT - BOX) / Math.max(1, depth - 1);
  for (const [i, column] of columns.entries()) {
    if (i > 0) {
      const middle = (node: FlowNode) => {
        const into = bands.filter(({ to }) => to === node);
        return into.reduce((total, { from, width }) => total + (from.y + from.height / 2) * width, 0) / Math.max(1, sum(into));
      };
      const order = new Map(column.map((node) => [node, middle(node)]));
      column.sort((a, b) => order.get(a)! - order.get(b)! || (a.key < b.key ? -1 : 1));
    }
    const free = height - 2 * TOP - 12 - heights[i]!;
    const gap = GAP + free / (column.length + 1) * (column.length > 1 ? 1 : 0);
    let y = TOP + (column.length > 1 ? free / (column.length + 1) : free / 2);
    for (const node of column) {
      node.x = i * step;
      node.y = y;
      y += node.height + gap;
    }
  }
  for (const node of nodes) {
    const stack = (some: FlowBand[], other: (band: FlowBand) => FlowNode, set: (band: FlowBand, y: number) => void) => {
      let y = node.y + (node.height - sum(some)) / 2;
      for (const band of some.sort((a, b) => other(a).y - other(b).y)) {
        set(band, y + band.width / 2);
        y += band.width;
      }
    };
    stack(bands.filter(({ from }) => from === node), ({ to }) => to, (band, y) => void (band.fromY = y));
    stack(bands.filter(({ to }) => to === node), ({ from }) => from, (band, y) => void (band.toY = y));
  }
  return { width: WIDTH, height: Math.ceil(height), nodes: columns.flat(), bands };
}
