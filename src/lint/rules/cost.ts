/** What makes CloudWatch Logs dear, slow or crowded. */
import type { Check } from '../finding.ts';
import { nameOf, placeIn, textOption } from '../model.ts';
import { pathsOf } from '../source-tags.ts';
import { cloudwatchOutputs, sizeText } from './shared.ts';

/** A request takes 1 MiB; beyond this many of them a failed chunk is a lot to send again. */
const LARGE_CHUNK = 32 * 1024 * 1024;
/** Seconds. */
const FREQUENT = 1;
/** Fields that have ever new values. */
const MANY_VALUES = /\$\{(?:tag(?:_parts)?(?:\[\d+\])?|chunk_id|[^}]*(?:pod_name|pod_id|container_id|docker_id|uid|uuid|request_id|trace_id|user_id)[^}]*)\}|%[HMSLNs]/;

export const costChecks: readonly Check[] = [
  {
    id: 'no-retention', severity: 'hint', summary: 'New log groups keep their events for ever.',
    doc: 'A log group without a retention keeps its events for ever, and their storage is billed every month. Set retention_in_days; it counts for groups that ' +
      'the agent makes. Groups that exist keep what they have: set it there, too.',
    run(model, report) {
      for (const { plugin } of cloudwatchOutputs(model))
        if (plugin.config['auto_create_stream'] === true && plugin.config['retention_in_days'] === undefined && textOption(plugin, 'retention_in_days_key') === undefined)
          report(`${nameOf(plugin)} makes log groups that keep their events for ever`, plugin.element.at, 'set retention_in_days');
    },
  },
  {
    id: 'many-groups', severity: 'warning', summary: 'The name of the log group has many values.',
    doc: 'A log group for each pod, container or hour soon makes thousands of them: they are hard to search, the calls that make them are throttled account-wide, ' +
      'and each needs its own retention. Give groups the name of something that stays, such as the cluster and the namespace, and put the pod into the name of the ' +
      'stream.',
    run(model, report) {
      for (const { plugin, label, rule } of cloudwatchOutputs(model)) {
        const template = textOption(plugin, 'log_group_name');
        const found = template === undefined ? undefined : MANY_VALUES.exec(template)?.[0];
        const hasWildTags = model.flow.sourcesOf(label, rule).some((source) => source.type === 'tail' && String(source.config['tag']).includes('*') && pathsOf(source.config).some((path) => path.includes('*')));
        const isTag = found?.startsWith('${tag') === true || plugin.config['use_tag_as_group'] === true;
        if (isTag ? hasWildTags : found !== undefined)
          report(`${nameOf(plugin)} makes a log group for every value of ${found ?? 'the tag'}`, placeIn(plugin.element, template === undefined ? 'use_tag_as_group' : 'log_group_name'), 'use what has few values in the name of the group, and the rest in the name of the stream');
      }
    },
  },
  {
    id: 'large-chunks', severity: 'hint', summary: 'A chunk holds far more than a request of CloudWatch Logs takes.',
    doc: 'PutLogEvents takes 1 MiB or 10,000 events. A larger chunk is sent in several requests. With Fluentd all of them are repeated if one fails, so events are ' +
      'delivered twice; Logferry repeats only what did not go through. Chunks of one to a few MiB are enough.',
    run(model, report) {
      for (const { plugin } of cloudwatchOutputs(model)) {
        const size = plugin.buffer?.storage.config['chunk_limit_size'];
        if (typeof size === 'number' && size > LARGE_CHUNK && plugin.buffer!.element.params.has('chunk_limit_size'))
          report(`${nameOf(plugin)}: a chunk of ${sizeText(size)} is ${Math.ceil(size / 1024 ** 2)} requests or more`, placeIn(plugin.buffer!.element, 'chunk_limit_size'), 'a few MiB are enough');
      }
    },
  },
  {
    id: 'frequent-flush', severity: 'hint', summary: 'Chunks are flushed more than once a second.',
    doc: 'Each stream that has news makes a request for each flush. With many streams (one for each pod) and a flush_interval below a second the requests of all nodes ' +
      'together reach the quota of the account, and are throttled. A few seconds are rarely noticed.',
    run(model, report) {
      for (const { plugin } of cloudwatchOutputs(model)) {
        const config = plugin.buffer?.config;
        if (!config) continue;
        const immediate = config['flush_mode'] === 'immediate';
        const interval = config['flush_interval'] as number | undefined;
        if (immediate || (interval !== undefined && interval < FREQUENT && config['flush_mode'] !== 'lazy'))
          report(`${nameOf(plugin)} flushes ${immediate ? 'every chunk at once' : `every ${interval} s`}: a request for each stream each time`, placeIn(plugin.buffer!.element, immediate ? 'flush_mode' : 'flush_interval'), 'set flush_interval to a second or more');
      }
    },
  },
];
