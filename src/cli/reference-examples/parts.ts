/** Examples of what stands inside of other plugins: formatters, buffers, storages, service discovery. */
import type { PluginExample } from './example.ts';

const RECORD = '{"level":"warn","n":1}';

export const FORMATTER_EXAMPLES: Readonly<Record<string, readonly PluginExample[]>> = {
  csv: [{ config: `<format>
  @type csv
  fields level,n
</format>`, given: RECORD, gives: '"warn","1"\n' }],
  hash: [{ config: `<format>
  @type hash
</format>`, given: RECORD, gives: '{"level" => "warn", "n" => 1}\n' }],
  json: [{ config: `<format>
  @type json
</format>`, given: RECORD, gives: '{"level":"warn","n":1}\n' }],
  ltsv: [{ config: `<format>
  @type ltsv
</format>`, given: RECORD, gives: 'level:warn\tn:1\n' }],
  msgpack: [{ config: `<format>
  @type msgpack
</format>` }],
  out_file: [{ note: 'Time, tag and JSON.', config: `<format>
  @type out_file
  delimiter comma
  output_time false
</format>`, given: RECORD, gives: 'app,{"level":"warn","n":1}\n' }],
  single_value: [{ config: `<format>
  @type single_value
  message_key level
</format>`, given: RECORD, gives: 'warn\n' }],
  stdout: [{ config: `<format>
  @type stdout
  output_type json
</format>` }],
  tsv: [{ config: `<format>
  @type tsv
  keys level,n
</format>`, given: RECORD, gives: 'warn\t1\n' }],
};

export const BUFFER_EXAMPLES: Readonly<Record<string, readonly PluginExample[]>> = {
  file: [{ note: 'Chunks outlive the process.', config: `<buffer tag>
  @type file
  path /var/lib/logferry/buffer
  flush_interval 5s
  total_limit_size 1g
</buffer>` }],
  file_single: [{ config: `<buffer tag>
  @type file_single
  path /var/lib/logferry/buffer
</buffer>` }],
  memory: [{ config: `<buffer tag,time>
  timekey 60
  timekey_wait 5
  chunk_limit_size 8m
</buffer>` }],
};

export const STORAGE_EXAMPLES: Readonly<Record<string, readonly PluginExample[]>> = {
  local: [{ config: `<storage>
  @type local
  path /var/lib/logferry/state.json
</storage>` }],
};

export const SERVICE_DISCOVERY_EXAMPLES: Readonly<Record<string, readonly PluginExample[]>> = {
  file: [{ config: `<service_discovery>
  @type file
  path /etc/logferry/servers.yaml
</service_discovery>` }],
  srv: [{ config: `<service_discovery>
  @type srv
  service fluentd
  hostname example.com
</service_discovery>` }],
  static: [{ config: `<service_discovery>
  @type static
  <service>
    host logs-1.example.com
    port 24224
  </service>
</service_discovery>` }],
};
