/** Examples of inputs. */
import type { PluginExample } from './example.ts';

export const INPUT_EXAMPLES: Readonly<Record<string, readonly PluginExample[]>> = {
  cloudwatch_logs: [{
    config: `<source>
  @type cloudwatch_logs
  tag lambda.orders
  log_group_name /aws/lambda/orders
  use_log_stream_name_prefix true
  log_stream_name 2024/
  region us-east-1
  <storage>
    @type local
    path /var/lib/logferry/cloudwatch.json
  </storage>
</source>`,
  }],
  debug_agent: [{ config: `<source>
  @type debug_agent
</source>` }],
  dummy: [{ note: 'The old name of `sample`.', config: `<source>
  @type dummy
  tag test
  dummy {"message":"hello"}
</source>` }],
  exec: [{
    note: 'The output of a command, once a minute.',
    config: `<source>
  @type exec
  tag node.load
  command cut -d' ' -f1-3 /proc/loadavg
  run_interval 1m
  <parse>
    @type tsv
    keys load1,load5,load15
    delimiter " "
    types load1:float,load5:float,load15:float
  </parse>
</source>`,
  }],
  forward: [{
    note: 'With a shared key and TLS.',
    config: `<source>
  @type forward
  port 24224
  bind 0.0.0.0
  <security>
    self_hostname logs.example.com
    shared_key a-long-secret
  </security>
</source>`,
  }],
  gc_stat: [{ config: `<source>
  @type gc_stat
  tag ruby.gc
</source>` }],
  http: [{
    note: 'Events by `POST /app.web` with JSON; CORS for one site.',
    config: `<source>
  @type http
  port 9880
  bind 0.0.0.0
  body_size_limit 4m
  cors_allow_origins ["https://example.com"]
</source>`,
  }],
  monitor_agent: [{ config: `<source>
  @type monitor_agent
  bind 0.0.0.0
  port 24220
</source>` }],
  object_space: [{ config: `<source>
  @type object_space
  tag ruby.objects
</source>` }],
  prometheus: [{
    note: 'Metrics of the agent and of its filters, for Prometheus to read.',
    config: `<source>
  @type prometheus
  bind 0.0.0.0
  port 24231
  metrics_path /metrics
</source>`,
  }],
  prometheus_monitor: [{ config: `<source>
  @type prometheus_monitor
</source>` }],
  prometheus_output_monitor: [{ config: `<source>
  @type prometheus_output_monitor
  interval 10
</source>` }],
  prometheus_tail_monitor: [{ config: `<source>
  @type prometheus_tail_monitor
</source>` }],
  sample: [{
    note: 'Ten events each second, with a number that grows.',
    config: `<source>
  @type sample
  tag test
  rate 10
  auto_increment_key n
  sample {"message":"hello"}
</source>`,
  }],
  syslog: [{
    note: 'Over TCP, with the facility and the severity in fields.',
    config: `<source>
  @type syslog
  tag system
  port 5140
  facility_key facility
  severity_key severity
  <transport tcp>
  </transport>
  <parse>
    message_format auto
  </parse>
</source>`,
  }],
  systemd: [{
    note: 'The kubelet and the container runtime of a node.',
    config: `<source>
  @type systemd
  tag journal
  path /var/log/journal
  matches [{"_SYSTEMD_UNIT":"kubelet.service"},{"_SYSTEMD_UNIT":"containerd.service"}]
  read_from_head true
  <storage>
    @type local
    path /var/lib/logferry/journal.json
  </storage>
  <entry>
    fields_strip_underscores true
    fields_lowercase true
  </entry>
</source>`,
  }],
  tail: [
    {
      note: 'The containers of a Kubernetes node.',
      config: `<source>
  @type tail
  path /var/log/containers/*.log
  exclude_path ["/var/log/containers/logferry*"]
  pos_file /var/lib/logferry/containers.pos
  tag kubernetes.*
  read_from_head true
  <parse>
    @type cri
  </parse>
</source>`,
    },
    {
      note: 'A file whose events span several lines.',
      config: `<source>
  @type tail
  path /var/log/app/app.log
  pos_file /var/lib/logferry/app.pos
  tag app
  multiline_flush_interval 5s
  <parse>
    @type multiline
    format_firstline /^\\d{4}-\\d{2}-\\d{2}/
    format1 /^(?<time>\\d{4}-\\d{2}-\\d{2} \\d{2}:\\d{2}:\\d{2}) (?<level>\\w+) (?<message>.*)/
    time_format %Y-%m-%d %H:%M:%S
  </parse>
</source>`,
    },
  ],
  tcp: [{
    note: 'JSON, one object on each line.',
    config: `<source>
  @type tcp
  tag app
  port 5170
  source_address_key from
  <parse>
    @type json
  </parse>
</source>`,
  }],
  udp: [{ config: `<source>
  @type udp
  tag app
  port 5160
  <parse>
    @type none
  </parse>
</source>` }],
  unix: [{ config: `<source>
  @type unix
  path /run/logferry.sock
</source>` }],
};
