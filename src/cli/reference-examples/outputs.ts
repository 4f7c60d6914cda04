/** Examples of outputs. */
import type { PluginExample } from './example.ts';

export const OUTPUT_EXAMPLES: Readonly<Record<string, readonly PluginExample[]>> = {
  buffer: [{
    note: 'Events are kept, and emitted again under a label.',
    config: `<match app>
  @type buffer
  @label @SLOW
  <buffer>
    @type file
    path /var/lib/logferry/slow
    flush_interval 10s
  </buffer>
</match>
<label @SLOW>
  <match **>
    @type stdout
  </match>
</label>`,
  }],
  cloudwatch_logs: [
    {
      note: 'A group for the cluster, a stream for each container.',
      config: `<match kubernetes.**>
  @type cloudwatch_logs
  region us-east-1
  log_group_name /aws/containerinsights/demo/application
  use_tag_as_stream true
  auto_create_stream true
  <buffer>
    flush_interval 5s
    chunk_limit_size 2m
    retry_forever true
  </buffer>
</match>`,
    },
    {
      note: 'Group and stream from fields of the record.',
      config: `<match kubernetes.**>
  @type cloudwatch_logs
  region us-east-1
  log_group_name_key group_name
  log_stream_name_key stream_name
  remove_log_group_name_key true
  remove_log_stream_name_key true
  auto_create_stream true
  retention_in_days 30
</match>`,
    },
  ],
  copy: [{
    config: `<match app>
  @type copy
  <store>
    @type stdout
  </store>
  <store ignore_error>
    @type file
    path /var/log/logferry/app
  </store>
</match>`,
  }],
  detect_exceptions: [{
    note: 'Stack traces of Java and Python in one event, under the tag without `raw`.',
    config: `<match raw.app>
  @type detect_exceptions
  remove_tag_prefix raw
  message log
  languages java,python
  multiline_flush_interval 1
</match>
<match app>
  @type stdout
</match>`,
  }],
  exec: [{
    config: `<match app>
  @type exec
  command cat >> /tmp/events.tsv <
  <format>
    @type tsv
    keys level,message
  </format>
</match>`,
  }],
  exec_filter: [{
    config: `<match app>
  @type exec_filter
  command tr a-z A-Z
  tag loud
  <format>
    @type single_value
  </format>
  <parse>
    @type none
  </parse>
</match>
<match loud>
  @type stdout
</match>`,
  }],
  file: [{
    note: 'A compressed file for each hour.',
    config: `<match app>
  @type file
  path /var/log/logferry/app.%Y%m%d%H
  compress gzip
  <buffer time>
    timekey 1h
    timekey_wait 1m
  </buffer>
</match>`,
  }],
  forward: [{
    note: 'Two servers, the second one while the first is lost.',
    config: `<match **>
  @type forward
  require_ack_response true
  <server>
    host logs-1.example.com
  </server>
  <server>
    host logs-2.example.com
    standby true
  </server>
  <buffer>
    @type file
    path /var/lib/logferry/forward
  </buffer>
</match>`,
  }],
  http: [{
    config: `<match app>
  @type http
  endpoint https://logs.example.com/\${tag}
  json_array true
  headers {"x-team":"shop"}
  <buffer tag>
    flush_interval 5s
  </buffer>
</match>`,
  }],
  null: [{ config: `<match fluent.**>
  @type null
</match>` }],
  prometheus: [{
    config: `<match app>
  @type prometheus
  <metric>
    name app_events_total
    type counter
    desc Events
  </metric>
</match>`,
  }],
  record_modifier: [{
    config: `<match app>
  @type record_modifier
  tag modified.app
  <record>
    where \${tag}
  </record>
</match>
<match modified.**>
  @type stdout
</match>`,
  }],
  relabel: [{
    config: `<match app>
  @type relabel
  @label @APP
</match>
<label @APP>
  <match **>
    @type stdout
  </match>
</label>`,
  }],
  rewrite_tag_filter: [{
    note: 'A tag for each namespace.',
    config: `<match kubernetes.**>
  @type rewrite_tag_filter
  <rule>
    key $.kubernetes.namespace_name
    pattern /^(.+)$/
    tag by-namespace.$1
  </rule>
</match>
<match by-namespace.**>
  @type stdout
</match>`,
  }],
  roundrobin: [{
    config: `<match app>
  @type roundrobin
  <store>
    @type stdout
    weight 3
  </store>
  <store>
    @type null
    weight 1
  </store>
</match>`,
  }],
  secondary_file: [{
    note: 'Where chunks go that could not be delivered.',
    config: `<match app>
  @type http
  endpoint https://logs.example.com/
  <buffer>
    retry_max_times 5
  </buffer>
  <secondary>
    @type secondary_file
    directory /var/log/logferry/failed
    basename \${chunk_id}
  </secondary>
</match>`,
  }],
  stdout: [{ config: `<match **>
  @type stdout
</match>` }],
  tcp: [{ config: `<match app>
  @type tcp
  host logs.example.com
  port 5170
</match>` }],
  unix: [{ config: `<match app>
  @type unix
  path /run/logferry.sock
</match>` }],
};
