/** Examples of filters. */
import type { PluginExample } from './example.ts';

export const FILTER_EXAMPLES: Readonly<Record<string, readonly PluginExample[]>> = {
  concat: [
    {
      note: 'A stack trace in one event: what does not begin with a date belongs to the event before.',
      config: `<filter app>
  @type concat
  key message
  multiline_start_regexp /^\\d{4}-/
  flush_interval 5
</filter>`,
      given: `{"message":"2024-05-14 boom"}
{"message":"  at main.js:1"}
{"message":"2024-05-14 fine"}
{"message":"2024-05-14 last"}`,
      gives: `{"message":"2024-05-14 boom\\n  at main.js:1"}
{"message":"2024-05-14 fine"}`,
    },
    {
      note: 'Lines that the container runtime has split.',
      config: `<filter kubernetes.**>
  @type concat
  key message
  use_partial_cri_logtag true
  partial_cri_logtag_key logtag
  partial_cri_stream_key stream
  separator ""
</filter>`,
      tag: 'kubernetes.web',
      given: `{"message":"one ","logtag":"P","stream":"stdout"}
{"message":"line","logtag":"F","stream":"stdout"}`,
      gives: '{"message":"one line"}',
    },
  ],
  grep: [
    {
      config: `<filter app>
  @type grep
  <regexp>
    key level
    pattern /^(warn|error)$/
  </regexp>
  <exclude>
    key $.http.path
    pattern /^\\/health/
  </exclude>
</filter>`,
      given: `{"level":"info","message":"a"}
{"level":"warn","message":"b"}
{"level":"error","http":{"path":"/health"}}`,
      gives: '{"level":"warn","message":"b"}',
    },
  ],
  kubernetes_metadata: [{
    note: 'Adds pod, namespace, labels and host to the logs of containers.',
    config: `<filter kubernetes.**>
  @type kubernetes_metadata
  watch false
  skip_namespace_metadata true
</filter>`,
  }],
  parser: [{
    note: 'JSON in the text of a field; the other fields stay.',
    config: `<filter app>
  @type parser
  key_name log
  reserve_data true
  remove_key_name_field true
  <parse>
    @type json
  </parse>
</filter>`,
    given: '{"log":"{\\"level\\":\\"warn\\",\\"n\\":1}","stream":"stdout"}',
    gives: '{"stream":"stdout","level":"warn","n":1}',
  }],
  prometheus: [{
    note: 'Counts the events of each level.',
    config: `<filter app>
  @type prometheus
  <metric>
    name app_events_total
    type counter
    desc Events by level
    <labels>
      level $.level
    </labels>
  </metric>
</filter>`,
  }],
  record_modifier: [{
    config: `<filter app>
  @type record_modifier
  remove_keys secret
  <record>
    where \${tag}
    upper \${record['level'].upcase}
  </record>
</filter>`,
    given: '{"level":"warn","secret":"x"}',
    gives: '{"level":"warn","where":"app","upper":"WARN"}',
  }],
  record_transformer: [
    {
      config: `<filter app>
  @type record_transformer
  remove_keys $.kubernetes.labels
  <record>
    service \${tag_parts[0]}
    text \${record["log"]} from \${tag}
  </record>
</filter>`,
      given: '{"log":"hello","kubernetes":{"pod_name":"web-1","labels":{"app":"web"}}}',
      gives: '{"log":"hello","kubernetes":{"pod_name":"web-1"},"service":"app","text":"hello from app"}',
    },
    {
      note: 'With Ruby.',
      config: `<filter app>
  @type record_transformer
  enable_ruby true
  <record>
    level \${record["log"] =~ /ERROR/ ? "error" : "info"}
    app \${record.dig("kubernetes", "labels", "app") || "unknown"}
    took_ms \${(record["took"].to_f * 1000).round}
  </record>
</filter>`,
      given: '{"log":"ERROR: no","took":"0.25"}',
      gives: '{"log":"ERROR: no","took":"0.25","level":"error","app":"unknown","took_ms":250}',
    },
  ],
  stdout: [{ config: `<filter app>
  @type stdout
</filter>` }],
  systemd_entry: [{
    config: `<filter journal>
  @type systemd_entry
  field_map {"MESSAGE":"log","_PID":["process","pid"]}
  field_map_strict true
</filter>`,
    tag: 'journal',
    given: '{"MESSAGE":"started","_PID":"1","_BOOT_ID":"x"}',
    gives: '{"log":"started","process":"1","pid":"1"}',
  }],
};
