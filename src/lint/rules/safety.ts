/** What can be lost, and what a restart forgets. */
import path from 'node:path';
import type { Check } from '../finding.ts';
import { nameOf, placeIn, textOption } from '../model.ts';
import { pathsOf } from '../source-tags.ts';
import { bufferedOutputs, cloudwatchOutputs, readsAgain, readsContainerLogs, sizeText, storageIsPersistent } from './shared.ts';

/** Folders that are empty after a restart of the machine, or of the container. */
const VOLATILE = /^\/(?:tmp|run|var\/run|var\/tmp|dev\/shm)(?:\/|$)/;

export const safetyChecks: readonly Check[] = [
  {
    id: 'memory-buffer', severity: 'hint', summary: 'An output keeps its events in memory until they are delivered.',
    doc: 'What is in a memory buffer is gone when the process is killed or crashes. With Fluentd these events are lost: tail saves its position as soon as an event ' +
      'is in the buffer. Logferry saves a position only when the event was delivered, so events of tail (with pos_file) and systemd (with a persistent storage) ' +
      'are read again and nothing is lost: this is a hint then. Events of other sources, such as forward, http or syslog, cannot be read again: this is a warning ' +
      'then. A buffer of @type file keeps them.',
    run(model, report) {
      for (const { plugin, label, rule } of bufferedOutputs(model)) {
        if (plugin.buffer.storage.type !== 'memory') continue;
        const at = placeIn(plugin.buffer.element, '@type');
        const lossy = model.flow.sourcesOf(label, rule).filter((source) => !readsAgain(source));
        const names = lossy.slice(0, 3).map(nameOf).join(', ');
        if (lossy.length > 0)
          report(`${nameOf(plugin)} buffers in memory: a kill or crash loses what ${names} gave it and was not delivered yet, as that cannot be read again`, at, 'use <buffer> with @type file and a path', 'warning');
        else
          report(`${nameOf(plugin)} buffers in memory: Fluentd would lose what is in it when it is killed; Logferry reads it again, as positions move only on delivery`, at,
            'use <buffer> with @type file and a path if Fluentd may run this configuration, too');
      }
    },
  },
  {
    id: 'endless-retries-in-memory', severity: 'hint', summary: 'retry_forever with a memory buffer.',
    doc: 'With retry_forever a chunk that the destination never takes is tried for ever. In memory, and when the buffer is full, the sources behind it stand still: ' +
      'their logs wait on the disk, and what rotates away meanwhile is lost. Watch the retries (the metric retry_count, or the log), or give retry_timeout and a ' +
      '<secondary> so that a chunk that cannot be delivered is set aside.',
    run(model, report) {
      for (const { plugin } of bufferedOutputs(model))
        if (plugin.buffer.config['retry_forever'] === true && plugin.buffer.storage.type === 'memory')
          report(`${nameOf(plugin)} never gives up a chunk and keeps it in memory: if the destination does not take it, sources wait once the buffer is full`,
            placeIn(plugin.buffer.element, 'retry_forever'), 'watch its retries, or set retry_timeout and a <secondary>');
    },
  },
  {
    id: 'volatile-path', severity: 'warning', summary: 'Positions or buffers are kept in a folder that a restart empties.',
    doc: 'Position files, cursors of the journal, and file buffers are there to survive a restart. /tmp, /run, /var/run and /dev/shm are empty after one (in a ' +
      'container, after each start of it), and a relative path depends on the folder the agent was started in. After the restart logs are read twice, or from ' +
      'their end, and buffered events are lost. In Kubernetes use a folder of the host, such as /var/log.',
    run({ plugins }, report) {
      for (const plugin of plugins) {
        const name = plugin.kind === 'input' && plugin.type === 'tail' ? 'pos_file' : plugin.kind === 'input' && plugin.type === 'cloudwatch_logs' ? 'state_file'
          : plugin.kind === 'storage' || (plugin.kind === 'buffer' && plugin.type !== 'memory') ? 'path' : undefined;
        const value = name === undefined ? undefined : textOption(plugin, name);
        if (name === undefined || value === undefined) continue;
        if (!path.isAbsolute(value)) report(`${name} ${value} is relative: it depends on the folder that the agent is started in`, placeIn(plugin.element, name), 'write an absolute path');
        else if (VOLATILE.test(value)) report(`${name} ${value} does not survive a restart`, placeIn(plugin.element, name), 'use a folder that stays, such as /var/log of the host');
      }
    },
  },
  {
    id: 'no-pos-file', severity: 'warning', summary: 'A tail source does not save how far it has read.',
    doc: 'Without pos_file each start reads all files again (read_from_head true), or goes on at their ends, and what was written in between is lost.',
    run({ sources }, report) {
      for (const source of sources)
        if (source.type === 'tail' && textOption(source, 'pos_file') === undefined)
          report(`${nameOf(source)} saves no positions: after a restart lines are ${source.config['read_from_head'] === true ? 'read twice' : 'lost that were written in between'}`, source.element.at, 'set pos_file');
    },
  },
  {
    id: 'no-saved-cursor', severity: 'warning', summary: 'A systemd source does not save how far it has read.',
    doc: 'Without a <storage> that is persistent each start reads the whole journal again (read_from_head true), or begins at its end, and what was written in ' +
      'between is lost. Write <storage> with @type local, persistent true and a path.',
    run({ sources }, report) {
      for (const source of sources)
        if (source.type === 'systemd' && !storageIsPersistent(source.config))
          report(`${nameOf(source)} saves no position: after a restart entries are ${source.config['read_from_head'] === true ? 'read twice' : 'lost that were written in between'}`, source.element.at, 'write <storage> with @type local, persistent true and a path');
    },
  },
  {
    id: 'skipped-beginnings', severity: 'warning', summary: 'Container logs are not read from their beginning.',
    doc: 'With read_from_head false a file that is there when the agent starts, and is not in the position file, is read from its end. Pods that are short-lived ' +
      '(jobs), and whatever was written before the agent came, are missing. Logs of containers should be read from their heads.',
    run({ sources }, report) {
      for (const source of sources)
        if (readsContainerLogs(source) && source.config['read_from_head'] !== true)
          report(`${nameOf(source)} skips what is in the files when it first sees them: logs of short-lived pods are incomplete`, placeIn(source.element, 'read_from_head'), 'set read_from_head true');
    },
  },
  {
    id: 'concat-without-timeout-label', severity: 'warning', summary: 'A concat filter drops the last event of a stream.',
    doc: 'What concat holds when no further line comes goes on after flush_interval, to timeout_label. Without that label it is an error event: it goes to ' +
      '<label @ERROR> if there is one, and else into the log of the agent alone.',
    run({ plugins, labels }, report) {
      for (const plugin of plugins)
        if (plugin.type === 'concat' && plugin.kind === 'filter' && plugin.config['flush_interval'] !== 0 && !textOption(plugin, 'timeout_label') && !labels.has('@ERROR'))
          report(`${nameOf(plugin)} has no timeout_label: an event that nothing follows is dropped as an error after flush_interval`, plugin.element.at, 'set timeout_label to a label that leads to the output');
    },
  },
  {
    id: 'chunk-exceeds-total', severity: 'warning', summary: 'A chunk may be larger than the whole buffer.',
    doc: 'With chunk_limit_size above total_limit_size the buffer is full before its first chunk is, so chunks leave by time alone, and a burst stops the sources.',
    run(model, report) {
      for (const { plugin } of bufferedOutputs(model)) {
        const { chunk_limit_size: chunk, total_limit_size: total } = plugin.buffer.storage.config as Record<string, number | undefined>;
        if (chunk !== undefined && total !== undefined && total >= 0 && chunk > total)
          report(`${nameOf(plugin)}: chunk_limit_size ${sizeText(chunk)} is more than total_limit_size ${sizeText(total)}`, placeIn(plugin.buffer.element, plugin.buffer.element.params.has('total_limit_size') ? 'total_limit_size' : 'chunk_limit_size'), 'a buffer should have room for several chunks');
      }
    },
  },
  {
    id: 'oversized-events', severity: 'hint', summary: 'Events beyond 1 MiB are cut by Logferry, and lose their neighbours with Fluentd.',
    doc: 'An event of CloudWatch Logs may have 1 MiB with 26 bytes of overhead. With Fluentd a larger one makes the output give up the whole chunk, which may hold ' +
      'thousands of others. Logferry cuts that one event (oversized_events truncate), or sends it in pieces (split); `oversized_events fluentd` drops it. Reported where ' +
      'neither oversized_events nor max_message_length is written, so that the choice is a knowing one.',
    run(model, report) {
      for (const { plugin } of cloudwatchOutputs(model))
        if (!plugin.element.params.has('oversized_events') && !plugin.element.params.has('max_message_length'))
          report(`${nameOf(plugin)}: an event beyond 1 MiB is cut; with Fluentd it would take its whole chunk out of delivery`, plugin.element.at, 'say what you want: oversized_events truncate or split');
    },
  },
  {
    id: 'overlapping-tails', severity: 'warning', summary: 'Two tail sources read the same path.',
    doc: 'Each source reads its files for itself: a path in two sources is delivered twice. Take it out of one of them, or use exclude_path.',
    run({ sources }, report) {
      const seen = new Map<string, string>();
      for (const source of sources) {
        if (source.type !== 'tail') continue;
        for (const one of new Set(pathsOf(source.config))) {
          const other = seen.get(one);
          if (other !== undefined) report(`${nameOf(source)} and ${other} both read ${one}: its lines are delivered twice`, placeIn(source.element, 'path'), 'leave it out of one of them');
          else seen.set(one, nameOf(source));
        }
      }
    },
  },
];
