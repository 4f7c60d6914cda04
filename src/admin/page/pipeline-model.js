/** The pipeline as boxes and the ways between them: inputs, labels with their filters, outputs. */

/** How the top level is shown. */
export function labelName(label) {
  return label === '@ROOT' ? 'top level' : label;
}

/**
 * Nodes by key, in the order of the configuration, and edges. A node has `kind` (input, label, output), `key`, `step` (of inputs and
 * outputs) or `name` and `filters` (of labels). An edge has `from`, `to`, `rate` and, for the way of errors, `wrong`.
 */
export function pipelineModel(status, history) {
  const nodes = new Map();
  const edges = new Map();
  const { pipeline, flows, labels } = status;
  const retrying = new Map(status.buffers.filter(({ retry }) => retry).map((buffer) => [buffer.id, buffer]));
  const rateOf = (step, field) => history.rate(`${step.kind} ${step.id} ${field}`);
  const connect = (from, to, rate, wrong = false) => {
    if (!nodes.has(from) || !nodes.has(to)) return;
    const key = `${from} ${to}`;
    const known = edges.get(key);
    if (known) known.rate += rate;
    else edges.set(key, { key, from, to, rate, wrong });
  };

  const inputs = pipeline.filter(({ kind }) => kind === 'input');
  const outputs = pipeline.filter(({ kind }) => kind === 'output');
  const filters = pipeline.filter(({ kind }) => kind === 'filter');
  for (const step of inputs) nodes.set(`i ${step.id}`, { kind: 'input', key: `i ${step.id}`, step, rate: rateOf(step, 'emitted') });
  for (const name of labels) {
    const own = filters.filter(({ label, pattern }) => label === name && pattern !== null);
    const used = own.length > 0 || pipeline.some(({ label }) => label === name) || flows.some(({ to }) => to === name);
    if (used) nodes.set(`l ${name}`, { kind: 'label', key: `l ${name}`, name, filters: own.map((step) => ({ step, rate: rateOf(step, 'received'), out: rateOf(step, 'passed') })) });
  }
  for (const step of outputs) nodes.set(`o ${step.id}`, { kind: 'output', key: `o ${step.id}`, step, rate: rateOf(step, 'received'), retry: retrying.get(step.id)?.retry ?? null });

  const flowRate = ({ kind, from, to }) => history.rate(`flow ${kind} ${from} ${to}`);
  for (const step of inputs) {
    const own = flows.filter(({ kind, from }) => kind === 'input' && from === step.id);
    for (const flow of own) connect(`i ${step.id}`, `l ${flow.to}`, flowRate(flow));
    if (own.length === 0) connect(`i ${step.id}`, `l ${step.label}`, 0);
  }
  for (const step of outputs) {
    connect(step.owner === null ? `l ${step.label}` : `o ${step.owner}`, `o ${step.id}`, rateOf(step, 'received'));
    const own = flows.filter(({ kind, from }) => kind === 'output' && from === step.id);
    for (const flow of own) connect(`o ${step.id}`, `l ${flow.to}`, flowRate(flow));
    if (own.length === 0 && step.target !== null) connect(`o ${step.id}`, `l ${step.target}`, 0);
  }
  for (const step of filters) {
    for (const flow of flows) if (flow.kind === 'filter' && flow.from === step.id && flow.to !== step.label) connect(`l ${step.label}`, `l ${flow.to}`, flowRate(flow));
  }
  for (const step of pipeline) {
    if (step.failed === 0) continue;
    const from = step.kind === 'input' ? `i ${step.id}` : step.kind === 'filter' ? `l ${step.label}` : `o ${step.id}`;
    if (from !== 'l @ERROR') connect(from, 'l @ERROR', rateOf(step, 'failed'), true);
  }
  return { nodes: [...nodes.values()], edges: [...edges.values()] };
}

/** What is drawn where depends on nothing else. */
export function shapeOf({ nodes, edges }) {
  return JSON.stringify([nodes.map(({ key, filters }) => [key, filters?.map(({ step }) => step.id)]), edges.map(({ key }) => key)]);
}

/** In words, for those who do not see the picture. */
export function pipelineText({ nodes, edges }) {
  const of = (kind) => nodes.filter((node) => node.kind === kind);
  const names = (all) => all.map(({ step }) => step.type).join(', ') || 'none';
  return `Pipeline with inputs ${names(of('input'))}; labels ${of('label').map(({ name }) => labelName(name)).join(', ')}; outputs ${names(of('output'))}; ${edges.length} connections. The table below has all numbers.`;
}
