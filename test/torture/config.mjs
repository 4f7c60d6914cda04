// The agent's configuration: much like the one for Container Insights, with every kind of buffer.
import path from 'node:path';

/** What a reload may change, each there and back again. */
export const CHANGES = ['filter', 'output', 'input'];

/**
 * @param {{ logs: string, state: string, small: string, url: string, gzip: boolean }} places
 * @param {ReadonlySet<string>} changes of CHANGES
 */
export function makeConfig({ logs, state, small, url, gzip }, changes = new Set()) {
  // A filter more or less, a parameter of buffers (in memory and in files), a parameter of inputs.
  const filter = changes.has('filter') ? '<filter **>\n    @type record_transformer\n    <record>\n      added yes\n    </record>\n  </filter>' : '';
  const interval = changes.has('output') ? 2 : 1;
  const changedInput = changes.has('input') ? 'read_lines_limit 700' : '';
  const source = ({ id, pattern, tag, positions, parse, label = '', more = '' }) => `
<source>
  @type tail
  @id in_${id}
  ${label && `@label ${label}`}
  path ${logs}/${pattern}
  tag ${tag}
  pos_file ${positions}/${id}.pos
  read_from_head true
  rotate_wait 3
  ${gzip ? 'read_gzip_rotated true' : ''}
  ${more}
  <parse>
    @type ${parse}
  </parse>
</source>`;
  const output = ({ id, pattern, stream, buffer, interval = 1 }) => `
<match ${pattern}>
  @type cloudwatch_logs
  @id out_${id}
  region us-east-1
  endpoint ${url}
  aws_key_id AKIDTORTURE
  aws_sec_key secret
  log_group_name /torture/${id}
  ${stream}
  auto_create_stream true
  put_log_events_retry_wait 0.2
  put_log_events_disable_retry_limit true
  <buffer>
    ${buffer}
    flush_interval ${interval}
    retry_forever true
    retry_wait 0.2
    retry_max_interval 3
  </buffer>
</match>`;
  // tag_parts: the last one is the extension.
  const tagParts = path.join(logs, 'containers').split('/').length - 1;
  const containers = (id, concat) => `
<label @${id}>
  ${id === 'traces' ? filter : ''}
  <filter **>
    @type record_transformer
    <record>
      stream_name \${tag_parts[${tagParts}]}
    </record>
  </filter>
  <filter **>
    @type concat
    key message
    separator ""
    use_first_timestamp true
    ${concat}
    timeout_label @NORMAL_${id}
  </filter>
  <match **>
    @type relabel
    @label @NORMAL_${id}
  </match>
</label>
<label @NORMAL_${id}>
  ${output({ id, pattern: '**', stream: 'log_stream_name_key stream_name\n  remove_log_stream_name_key true', buffer: 'chunk_limit_size 2m\n    queued_chunks_limit_size 32' })}
</label>`;
  const cri = { tag: '*', positions: state, parse: 'cri', more: changedInput };
  const plain = { tag: '*', parse: 'none', more: changedInput };
  return `
<system>
  root_dir ${state}/root
</system>
${source({ id: 'containers', pattern: 'containers/*.log', label: '@containers', ...cri })}
${source({ id: 'traces', pattern: 'traces/*.log', label: '@traces', ...cri })}
${source({ id: 'apps', pattern: 'apps/*.log', positions: state, ...plain })}
${source({ id: 'small', pattern: 'small/*.log', positions: small, ...plain })}
${source({ id: 'inodes', pattern: 'inodes/*.log*', ...plain, tag: 'inodes', positions: state, more: `${changedInput}\n  follow_inodes true\n  exclude_path ["${logs}/inodes/*.gz", "${logs}/inodes/*.tmp", "${logs}/inodes/*.copy"]` })}
${containers('containers', 'use_partial_cri_logtag true\n    partial_cri_logtag_key logtag\n    partial_cri_stream_key stream\n    flush_interval 20')}
${containers('traces', 'multiline_start_regexp /^\\S/\n    flush_interval 2')}
${output({ id: 'apps', pattern: `**.apps.**`, stream: 'use_tag_as_stream true', buffer: `@type file\n    path ${state}/buffer-apps\n    chunk_limit_size 1m\n    total_limit_size 64m\n    overflow_action block`, interval })}
${output({ id: 'small', pattern: `**.small.**`, stream: 'use_tag_as_stream true', buffer: `@type file\n    path ${small}/buffer-small\n    chunk_limit_size 512k\n    total_limit_size 64m\n    overflow_action block` })}
${output({ id: 'inodes', pattern: 'inodes', stream: 'use_tag_as_stream true', buffer: 'chunk_limit_size 2m\n    queued_chunks_limit_size 32', interval })}
<match fluent.**>
  @type null
</match>
`;
}

/** Where the positions and the buffer of a kind of log are. */
export function placesOf(kind, { state, small }) {
  switch (kind) {
    case 'cri':
    case 'docker':
      return { positions: `${state}/containers.pos` };
    case 'trace':
      return { positions: `${state}/traces.pos` };
    case 'plain':
      return { positions: `${state}/apps.pos`, buffer: `${state}/buffer-apps` };
    case 'small':
      return { positions: `${small}/small.pos`, buffer: `${small}/buffer-small` };
    case 'inode':
      return { positions: `${state}/inodes.pos` };
  }
  throw new Error(`no such kind: ${kind}`);
}
