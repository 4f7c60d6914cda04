/** Examples of parsers: the `<parse>` section, a text, and the record that it becomes. */
import type { PluginExample } from './example.ts';

export const PARSER_EXAMPLES: Readonly<Record<string, readonly PluginExample[]>> = {
  apache: [{
    config: `<parse>
  @type apache
</parse>`,
    given: '192.0.2.7 - - [14/May/2024:10:00:00 +0000] "GET / HTTP/1.1" 200 777',
    gives: '{"host":"192.0.2.7","user":"-","method":"GET","path":"/","code":"200","size":"777"}',
  }],
  apache2: [{
    config: `<parse>
  @type apache2
</parse>`,
    given: '192.0.2.7 - - [14/May/2024:10:00:00 +0000] "GET / HTTP/1.1" 200 777 "-" "curl/8"',
    gives: '{"host":"192.0.2.7","user":null,"method":"GET","path":"/","code":200,"size":777,"referer":null,"agent":"curl/8"}',
  }],
  apache_error: [{
    config: `<parse>
  @type apache_error
</parse>`,
    given: '[Tue May 14 10:00:00 2024] [error] [client 192.0.2.7] no such file',
    gives: '{"level":"error","client":"192.0.2.7","message":"no such file"}',
  }],
  cri: [
    {
      config: `<parse>
  @type cri
</parse>`,
      given: '2024-05-14T10:00:00.123456789Z stdout F hello',
      gives: '{"stream":"stdout","logtag":"F","message":"hello","time":"2024-05-14T10:00:00.123456789Z"}',
    },
    {
      note: 'The message is JSON.',
      config: `<parse>
  @type cri
  merge_cri_fields false
  <parse>
    @type json
  </parse>
</parse>`,
      given: '2024-05-14T10:00:00.123456789Z stdout F {"level":"warn"}',
      gives: '{"level":"warn"}',
    },
  ],
  csv: [{
    config: `<parse>
  @type csv
  keys time,host,n
  time_key time
  types n:integer
</parse>`,
    given: '2024-05-14T10:00:00Z,"web, one",3',
    gives: '{"host":"web, one","n":3}',
  }],
  grok: [{
    config: `<parse>
  @type grok
  grok_pattern %{IP:from} %{WORD:method} %{NUMBER:bytes:integer}
</parse>`,
    given: '192.0.2.7 GET 42',
    gives: '{"from":"192.0.2.7","method":"GET","bytes":42}',
  }],
  in_http: [{ note: 'How the input http reads what is posted; not for other places.', config: `<parse>
  @type in_http
</parse>` }],
  json: [{
    config: `<parse>
  @type json
  time_key ts
  time_type unixtime
</parse>`,
    given: '{"ts":1715680800,"message":"hello"}',
    gives: '{"message":"hello"}',
  }],
  json_in_json: [{
    config: `<parse>
  @type json_in_json
</parse>`,
    given: '{"log":"{\\"level\\":\\"warn\\"}","stream":"stdout"}',
    gives: '{"stream":"stdout","level":"warn"}',
  }],
  kubernetes: [{
    config: `<parse>
  @type kubernetes
</parse>`,
    given: 'E0514 10:00:00.123456    1234 kubelet.go:42] no such pod',
    gives: '{"severity":"E","pid":"1234","source":"kubelet.go:42","message":"no such pod"}',
  }],
  ltsv: [{
    config: `<parse>
  @type ltsv
</parse>`,
    given: 'host:web\tstatus:200',
    gives: '{"host":"web","status":"200"}',
  }],
  msgpack: [{ note: 'For inputs that read bytes, such as http and tcp.', config: `<parse>
  @type msgpack
</parse>` }],
  multi_format: [{
    note: 'The first pattern that fits counts.',
    config: `<parse>
  @type multi_format
  <pattern>
    format json
  </pattern>
  <pattern>
    format none
  </pattern>
</parse>`,
    given: 'no JSON',
    gives: '{"message":"no JSON"}',
  }],
  multiline: [{
    config: `<parse>
  @type multiline
  format_firstline /^\\d{4}-/
  format1 /^(?<time>\\S+ \\S+) (?<level>\\w+) (?<message>.*)/
</parse>`,
    given: '2024-05-14 10:00:00 ERROR boom\n  at main.js:1',
    gives: '{"level":"ERROR","message":"boom\\n  at main.js:1"}',
  }],
  multiline_grok: [{
    config: `<parse>
  @type multiline_grok
  grok_pattern %{WORD:level} %{GREEDYDATA:message}
  multiline_start_regexp /^[A-Z]+ /
</parse>`,
    given: 'ERROR boom',
    gives: '{"level":"ERROR","message":"boom"}',
  }],
  nginx: [{
    config: `<parse>
  @type nginx
</parse>`,
    given: '192.0.2.7 192.0.2.8 - [14/May/2024:10:00:00 +0000] "GET / HTTP/1.1" 200 777 "-" "curl/8"',
    gives: '{"remote":"192.0.2.7","host":"192.0.2.8","user":"-","method":"GET","path":"/","code":"200","size":"777","referer":"-","agent":"curl/8"}',
  }],
  none: [{
    config: `<parse>
  @type none
</parse>`,
    given: 'hello',
    gives: '{"message":"hello"}',
  }],
  regexp: [{
    config: `<parse>
  @type regexp
  expression /^\\[(?<time>[^\\]]*)\\] (?<level>\\w+) (?<took>\\d+) (?<message>.*)$/
  time_format %Y-%m-%d %H:%M:%S
  types took:integer
</parse>`,
    given: '[2024-05-14 10:00:00] warn 42 slow',
    gives: '{"level":"warn","took":42,"message":"slow"}',
  }],
  syslog: [{
    config: `<parse>
  @type syslog
  message_format auto
  with_priority true
</parse>`,
    given: '<6>May 14 10:00:00 web1 sshd[42]: accepted',
    gives: '{"pri":6,"host":"web1","ident":"sshd","pid":"42","message":"accepted"}',
  }],
  tsv: [{
    config: `<parse>
  @type tsv
  keys host,n
  types n:integer
</parse>`,
    given: 'web\t3',
    gives: '{"host":"web","n":3}',
  }],
};
