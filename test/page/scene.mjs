// A running agent with something to show: two kinds of files, labels, filters, a copy, and a CloudWatch endpoint on this machine.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';

const CONFIG = (folder, endpoint) => `
<system>
  root_dir ${folder}/root
</system>
<source>
  @type tail
  @id containers
  @label @containers
  path ${folder}/containers/*.log
  pos_file ${folder}/containers.pos
  tag kubernetes.*
  read_from_head true
  <parse>
    @type json
  </parse>
</source>
<source>
  @type tail
  @id host
  @label @host
  path ${folder}/host/*.log
  pos_file ${folder}/host.pos
  tag host.*
  read_from_head true
  <parse>
    @type none
  </parse>
</source>
<source>
  @type sample
  @id heartbeat
  tag beat
  rate 3
  sample {"message":"still here"}
</source>
<label @containers>
  <filter **>
    @type record_transformer
    @id names
    <record>
      node node-1
    </record>
  </filter>
  <filter **>
    @type grep
    @id no_probes
    <exclude>
      key log
      pattern /healthz/
    </exclude>
  </filter>
  <match **>
    @type relabel
    @label @NORMAL
  </match>
</label>
<label @host>
  <filter **>
    @type record_transformer
    @id host_names
    <record>
      node node-1
    </record>
  </filter>
  <match **>
    @type relabel
    @label @NORMAL
  </match>
</label>
<label @NORMAL>
  <match **>
    @type copy
    <store>
      @type cloudwatch_logs
      @id to_cloudwatch
      region us-east-1
      endpoint ${endpoint}
      aws_key_id id
      aws_sec_key secret
      log_group_name /demo/containers
      use_tag_as_stream true
      auto_create_stream true
      <buffer>
        flush_interval 1
        retry_wait 2
        retry_max_interval 4
        retry_forever true
        total_limit_size 8m
      </buffer>
    </store>
    <store>
      @type null
      @id archive
    </store>
  </match>
</label>
<match fluent.**>
  @type null
</match>
<match beat>
  @type null
  @id beats
</match>
`;

/** Starts all of it. `program`: the built main.js. `refuse`: the endpoint takes nothing, and 3 seconds of that are a stall. */
export async function openScene(program, { refuse = false, port = 0 } = {}) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'logferry-scene-'));
  for (const name of ['containers', 'host', 'root']) fs.mkdirSync(path.join(folder, name));
  const children = [];
  const start = (argv, env) => {
    const child = spawn(process.execPath, [program, ...argv], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    children.push({ child, exited: new Promise((resolve) => child.once('exit', resolve)) });
    return child;
  };
  const cloudwatch = start(['cloudwatch', '--port', '0', '--accept-any-time', ...(refuse ? ['--fault', 'throttle'] : [])]);
  const [, endpoint] = await said(cloudwatch, /^(http:\S+)\n/);
  fs.writeFileSync(path.join(folder, 'fluent.conf'), CONFIG(folder, endpoint));
  const agent = start(['-c', path.join(folder, 'fluent.conf'), '--suppress-config-dump', '--admin-stall-after', refuse ? '3' : '300'], { LOGFERRY_ADMIN: `127.0.0.1:${port}` });
  const [, url] = await said(agent, /url="(http:[^"]+)"/);
  agent.stdout.resume();

  const pods = ['api-7d4b9c_default_api', 'billing-6fd5_shop_worker', 'ingress-nginx-x2_kube-system_controller', 'search-0_shop_search'];
  let line = 0;
  const writer = setInterval(() => {
    for (const [index, pod] of pods.entries()) {
      const lines = Array.from({ length: 40 >> index }, () => `${JSON.stringify({ stream: 'stdout', log: line++ % 5 === 0 ? 'GET /healthz 200' : `request ${line} took ${line % 90} ms` })}\n`);
      fs.appendFileSync(path.join(folder, `containers/${pod}.log`), lines.join(''));
    }
    fs.appendFileSync(path.join(folder, 'host/messages.log'), `kernel: line ${line}\n${line % 7 === 0 ? 'sshd: session opened\n' : ''}`);
    if (line % 400 < 40) fs.appendFileSync(path.join(folder, `containers/${pods[0]}.log`), 'this line is no JSON\n');
  }, 100);

  return {
    url,
    folder,
    get: (address) => new Promise((resolve, reject) => {
      http.get(new URL(address, url), { agent: false }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text) => (body += text)).on('end', () => resolve({ status: response.statusCode, body }));
      }).on('error', reject);
    }),
    async close() {
      if (!fs.existsSync(folder)) return;
      clearInterval(writer);
      for (const { child } of children) child.kill('SIGTERM');
      const late = setTimeout(() => children.forEach(({ child }) => child.kill('SIGKILL')), 5000);
      await Promise.all(children.map(({ exited }) => exited));
      clearTimeout(late);
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What a program printed, once it fits. */
function said(child, pattern) {
  return new Promise((resolve, reject) => {
    let text = '';
    const hear = (part) => {
      text += part;
      const found = pattern.exec(text);
      if (found) resolve(found);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('exit', () => reject(new Error(`the program ended: ${text}`)));
  });
}
