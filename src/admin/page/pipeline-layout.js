/** Where boxes lie and which way the lines go. Pure: sizes in, places out. */

export const CARD_HEIGHT = 52;
export const LABEL_HEAD = 34;
export const FILTER_HEIGHT = 27;

const GAP_Y = 16;
const MIN_WIDTH = 158;
const MAX_WIDTH = 270;
/** A narrower page has all boxes below one another. */
const NARROW = 640;
const GUTTER = 40;
const PAD = 6;

export function heightOf(node) {
  return node.kind === 'label' ? LABEL_HEAD + node.filters.length * FILTER_HEIGHT + (node.filters.length > 0 ? 7 : 4) : CARD_HEIGHT;
}

/** `{width, height, places: Map(key -> {x, y, w, h}), paths: Map(edge key -> d)}` */
export function layout(model, available) {
  const forward = withoutCycles(model);
  return available < NARROW ? stacked(model, forward, available) : columns(model, forward, available);
}

/** Edges that do not lead back to where events came from. */
function withoutCycles({ nodes, edges }) {
  const out = new Map(nodes.map(({ key }) => [key, []]));
  for (const edge of edges) out.get(edge.from).push(edge);
  const state = new Map();
  const back = new Set();
  const visit = (key) => {
    state.set(key, 'open');
    for (const edge of out.get(key)) {
      if (state.get(edge.to) === 'open') back.add(edge);
      else if (!state.has(edge.to)) visit(edge.to);
    }
    state.set(key, 'done');
  };
  for (const { key } of nodes) if (!state.has(key)) visit(key);
  return { out, edges: edges.filter((edge) => !back.has(edge)), back };
}

function ranksOf(nodes, edges) {
  const rank = new Map(nodes.map(({ key, kind }) => [key, kind === 'input' ? 0 : 1]));
  for (let changed = true; changed; ) {
    changed = false;
    for (const { from, to } of edges) {
      if (rank.get(to) > rank.get(from)) continue;
      rank.set(to, rank.get(from) + 1);
      changed = true;
    }
  }
  return rank;
}

function columns({ nodes, edges }, forward, available) {
  const rank = ranksOf(nodes, forward.edges);
  const levels = [];
  for (const node of nodes) (levels[rank.get(node.key)] ??= []).push(node);
  const filled = levels.filter((level) => level?.length > 0);
  const count = filled.length;
  const gap = count > 4 ? 26 : 60;
  const width = Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, (available - 2 * PAD - gap * (count - 1)) / count));
  // What is left goes between the boxes.
  const spread = count > 1 ? Math.min(170, Math.max(gap, (available - 2 * PAD - width * count) / (count - 1))) : gap;
  const places = new Map();
  const total = (level) => level.reduce((sum, node) => sum + heightOf(node) + GAP_Y, -GAP_Y);
  const tallest = Math.max(...filled.map(total), 0);
  filled.forEach((level, column) => {
    const middle = (node) => {
      const before = forward.edges.filter(({ to, from }) => to === node.key && places.has(from)).map(({ from }) => places.get(from).y + places.get(from).h / 2);
      return before.length === 0 ? undefined : before.reduce((a, b) => a + b, 0) / before.length;
    };
    const ordered = column === 0 ? level : level.map((node, index) => ({ node, at: middle(node) ?? tallest + index, index })).sort((a, b) => a.at - b.at || a.index - b.index);
    let y = PAD + (tallest - total(level)) / 2;
    for (const entry of ordered) {
      const node = entry.node ?? entry;
      const h = heightOf(node);
      places.set(node.key, { x: PAD + column * (width + spread), y, w: width, h });
      y += h + GAP_Y;
    }
  });
  let bottom = tallest + 2 * PAD;
  const paths = new Map();
  for (const edge of edges) {
    const a = places.get(edge.from);
    const b = places.get(edge.to);
    if (!forward.back.has(edge)) paths.set(edge.key, curve(a.x + a.w, a.y + a.h / 2, b.x, b.y + b.h / 2));
    else {
      const low = tallest + 2 * PAD + 14;
      bottom = low + PAD;
      const [x1, x2] = [a.x + a.w / 2, b.x + b.w / 2];
      paths.set(edge.key, `M${x1} ${a.y + a.h}C${x1} ${low} ${x1} ${low} ${(x1 + x2) / 2} ${low}S${x2} ${low} ${x2} ${b.y + b.h}`);
    }
  }
  return { width: Math.max(available, 2 * PAD + count * width + (count - 1) * spread), height: bottom, places, paths };
}

/** One below the other; lines that skip a box go round on the left. */
function stacked({ nodes, edges }, forward, available) {
  const order = [];
  const seen = new Set();
  const byKey = new Map(nodes.map((node) => [node.key, node]));
  const visit = (key) => {
    if (seen.has(key)) return;
    seen.add(key);
    order.push(byKey.get(key));
    for (const { to } of forward.out.get(key)) visit(to);
  };
  for (const { key } of nodes) visit(key);
  const places = new Map();
  let y = PAD;
  for (const node of order) {
    const h = heightOf(node);
    places.set(node.key, { x: GUTTER, y, w: available - GUTTER - PAD, h });
    y += h + 24;
  }
  const row = new Map(order.map(({ key }, index) => [key, index]));
  const paths = new Map();
  for (const { key, from, to } of edges) {
    const a = places.get(from);
    const b = places.get(to);
    if (row.get(to) === row.get(from) + 1) paths.set(key, `M${a.x + a.w / 2} ${a.y + a.h}V${b.y}`);
    else {
      const depth = Math.min(GUTTER - 6, 14 + 4 * Math.abs(row.get(to) - row.get(from)));
      const [y1, y2] = [a.y + a.h / 2 + 6, b.y + Math.min(b.h / 2, 26) - 6];
      const turn = y2 > y1 ? 12 : -12;
      const x = GUTTER - depth;
      paths.set(key, `M${a.x} ${y1}Q${x} ${y1} ${x} ${y1 + turn}V${y2 - turn}Q${x} ${y2} ${b.x} ${y2}`);
    }
  }
  return { width: available, height: y - 24 + PAD, places, paths };
}

function curve(x1, y1, x2, y2) {
  const bend = Math.max(24, (x2 - x1) / 2);
  return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
}
