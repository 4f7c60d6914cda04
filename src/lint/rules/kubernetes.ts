/** What goes wrong with logs of containers. */
import { compileRegexp } from '../../regexp/index.ts';
import type { CheckedPlugin } from '../../config/schema.ts';
import type { Check } from '../finding.ts';
import { nameOf, placeIn, textOption, type LintModel } from '../model.ts';
import { readsContainerLogs } from './shared.ts';

export const kubernetesChecks: readonly Check[] = [
  {
    id: 'concat-without-stream-identity', severity: 'warning', summary: 'concat joins lines of stdout with lines of stderr.',
    doc: 'concat holds the lines of a tag until their event is complete. A container writes two streams, stdout and stderr, into the same file, with the same tag: ' +
      'without stream_identity_key they share one state, and a line of one stream that comes between two of the other is joined into the wrong event. Set ' +
      'stream_identity_key stream (the field that has the name of the stream).',
    run: (model, report) => eachConcat(model, (plugin, sources) => {
      const separates = textOption(plugin, 'stream_identity_key') !== undefined || plugin.config['use_partial_cri_logtag'] === true || plugin.config['use_partial_metadata'] === true;
      if (!separates && sources.some(readsContainerLogs))
        report(`${nameOf(plugin)} has no stream_identity_key: lines of stdout and stderr of one container are joined to each other`, plugin.element.at, 'set stream_identity_key stream');
    }),
  },
  {
    id: 'unjoined-cri-parts', severity: 'warning', summary: 'Long lines, which containerd and CRI-O write in parts, are not put together.',
    doc: 'containerd and CRI-O cut lines of more than 16 KiB into parts; the flag behind the name of the stream is P for a part that another one continues, and F for ' +
      'the last. Where nothing joins them, each part becomes an event of its own, and JSON in them cannot be read any more. Put a concat filter in front of all ' +
      'others: key (the field with the text), use_partial_cri_logtag true, partial_cri_logtag_key logtag, partial_cri_stream_key stream, separator "".',
    run(model, report) {
      for (const source of model.sources) {
        const parser = source.config['parse'] as CheckedPlugin | undefined;
        if (!readsContainerLogs(source) || !parser || !givesLogtag(parser)) continue;
        if (!isJoined(model, source))
          report(`${nameOf(source)} reads lines that containerd cuts at 16 KiB, and nothing joins the parts (logtag P)`, parser.element.at, 'add a concat filter with use_partial_cri_logtag true and partial_cri_logtag_key logtag');
      }
    },
  },
  {
    id: 'metadata-without-watch', severity: 'hint', summary: 'kubernetes_metadata asks for each pod and does not see its changes.',
    doc: 'With watch false, pods and namespaces are asked for one by one when their first line comes: with Fluentd one request for each pod and filter, on every node ' +
      '(Logferry asks once for all filters). What changes later, such as labels, is not seen before cache_ttl is over. With watch true one stream tells of all changes; ' +
      'set K8S_NODE_NAME in the environment so that it is about the pods of the node alone.',
    run({ plugins }, report) {
      for (const plugin of plugins)
        if (plugin.type === 'kubernetes_metadata' && plugin.config['watch'] === false)
          report(`${nameOf(plugin)} does not watch: one API request for each new pod, and changed labels are not seen for ${plugin.config['cache_ttl'] as number} s`, placeIn(plugin.element, 'watch'), 'set watch true, and K8S_NODE_NAME in the environment');
    },
  },
];

function eachConcat(model: LintModel, look: (plugin: CheckedPlugin, sources: readonly CheckedPlugin[]) => void): void {
  for (const label of model.labels.values())
    for (const rule of label.rules) if (rule.plugin?.type === 'concat' && rule.kind === 'filter') look(rule.plugin, model.flow.sourcesOf(label.name, rule));
}

function givesLogtag(parser: CheckedPlugin): boolean {
  if (parser.type === 'cri') return true;
  const { expression } = parser.config as { expression?: { source: string; options: string } };
  if (expression === undefined) return false;
  try {
    return compileRegexp(expression.source, expression.options).groups.some(({ name }) => name === 'logtag');
  } catch {
    return false;
  }
}

/** Whether a concat filter on the way of the source's events joins by the flag. */
function isJoined(model: LintModel, source: CheckedPlugin<'input'>): boolean {
  let joined = false;
  eachConcat(model, ({ config }, sources) => {
    if ((config['use_partial_cri_logtag'] === true || config['partial_key'] === 'logtag') && sources.includes(source)) joined = true;
  });
  return joined;
}
