/** A whole agent over a temporary folder, with the local CloudWatch endpoint: what end-to-end tests stand on. */
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { plugins } from '../../plugins/index.ts';
import { Agent, type AgentOptions } from '../../src/app.ts';
import { startLocalCloudWatch, type LocalCloudWatch, type LocalCloudWatchOptions } from '../../src/local-cloudwatch/local-cloudwatch.ts';
import { Registry } from '../../src/registry.ts';

/** The agent's own log is looked at, not delivered. */
const HEAD = `
<system>
  root_dir DIR/root
</system>
<match fluent.**>
  @type null
</match>
`;

/** A started agent and what can be seen of it. */
export interface Running {
  readonly agent: Agent;
  /** Lines of the log of these levels, from the level on and without the folder's path; default: warn and above. */
  logged(levels?: RegExp): string[];
  /** The sum of a metric over all labels. */
  metric(name: string): number;
  /** Drains for at most `deadlineMs`, as at the end of a process. */
  stop(deadlineMs?: number): Promise<void>;
}

/** A temporary folder with everything that a test starts in it; `remove` ends it all. */
export class Place {
  readonly path = mkdtempSync(path.join(tmpdir(), 'logferry-e2e-'));
  readonly #closing: (() => Promise<void>)[] = [];

  at(name: string): string {
    return path.join(this.path, name);
  }

  write(name: string, text: string | Buffer): void {
    mkdirSync(path.dirname(this.at(name)), { recursive: true });
    writeFileSync(this.at(name), text);
  }

  append(name: string, text: string | Buffer): void {
    appendFileSync(this.at(name), text);
  }

  read(name: string): string {
    return readFileSync(this.at(name), 'utf8');
  }

  /** Whether there is a file with a last line that is complete. */
  has(name: string): boolean {
    return existsSync(this.at(name)) && this.read(name).endsWith('\n');
  }

  /** Lines of the position file: name in the folder and position. */
  positions(name = 'tail.pos'): [string, number][] {
    return this.read(name).split('\n').slice(0, -1).map((line) => {
      const [file, position] = line.split('\t');
      return [path.relative(this.path, file!), parseInt(position!, 16)];
    });
  }

  async endpoint(options: LocalCloudWatchOptions = {}): Promise<LocalCloudWatch> {
    const endpoint = await startLocalCloudWatch({ checkAge: false, ...options });
    this.#closing.push(() => endpoint.stop());
    return endpoint;
  }

  /** Starts an agent; `DIR` in the configuration stands for the folder, `system` is added to `<system>`. */
  async start(config: string, options: Partial<AgentOptions> = {}, system = ''): Promise<Running> {
    this.write('fluent.conf', `${HEAD.replace('\n</system>', `\n${system}\n</system>`)}${config}`.replaceAll('DIR', this.path));
    const log: string[] = [];
    const agent = new Agent({
      configFile: this.at('fluent.conf'),
      registry: new Registry(plugins),
      suppressConfigDump: true,
      write: (line) => void log.push(line),
      ...options,
    });
    await agent.load();
    let stopped: Promise<void> | undefined;
    const stop = (deadlineMs = 2000): Promise<void> => (stopped ??= agent.stop(deadlineMs));
    this.#closing.unshift(() => stop(0));
    await agent.start();
    return {
      agent,
      logged: (levels = /warn|error|fatal/) =>
        log
          .map((line) => /\[(\w+)\]: #\d+ (.*)\n$/s.exec(line)!)
          .filter(([, level]) => levels.test(level!))
          .map(([, level, text]) => `${level}: ${text!.replaceAll(`${this.path}/`, '')}`),
      metric(name) {
        let sum = 0;
        for (const series of agent.metrics.read()) if (series.name === name) sum += series.value;
        return sum;
      },
      stop,
    };
  }

  async remove(): Promise<void> {
    for (const close of this.#closing) await close();
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** A tail source that notices changes quickly; what is in `more` comes last and wins. */
export function tail(pattern: string, tag: string, more = '', parse = '@type none'): string {
  return `
<source>
  @type tail
  path DIR/${pattern}
  tag ${tag}
  pos_file DIR/tail.pos
  read_from_head true
  refresh_interval 0.1
  ${more}
  <parse>
    ${parse}
  </parse>
</source>
`;
}

export interface CloudWatchMatch {
  readonly pattern?: string;
  readonly keys?: { readonly id: string; readonly secret: string };
  /** Lines of the output. */
  readonly more?: string;
  /** Lines of its buffer. */
  readonly buffer?: string;
}

/** A cloudwatch_logs output that flushes quickly: group `logs`, the tag as stream. */
export function cloudWatch(url: string, { pattern = '**', keys = { id: 'id', secret: 'secret' }, more = '', buffer = '' }: CloudWatchMatch = {}): string {
  return `
<match ${pattern}>
  @type cloudwatch_logs
  region us-east-1
  endpoint ${url}
  aws_key_id ${keys.id}
  aws_sec_key ${keys.secret}
  log_group_name logs
  use_tag_as_stream true
  auto_create_stream true
  ${more}
  <buffer>
    flush_interval 0.05
    retry_type periodic
    retry_wait 0.1
    retry_forever true
    ${buffer}
  </buffer>
</match>
`;
}

/** Messages of a stream as they were stored; none if it does not exist. */
export function messages(endpoint: LocalCloudWatch, stream: string): string[] {
  const kept = endpoint.store.findGroup('logs')?.streams.has(stream) === true;
  return kept ? [...endpoint.store.events('logs', stream)].map(({ message }) => message) : [];
}

/** Waits until the condition holds; fails after `timeoutMs` with what `seen` shows. */
export async function until(condition: () => boolean, timeoutMs = 12_000, seen: () => unknown = () => ''): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`this did not happen: ${condition.toString()}\n${JSON.stringify(seen(), undefined, 1)}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
