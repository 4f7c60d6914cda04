/** Sends chunks as the bodies of HTTP requests. */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { ConfigError, defineOutput, type BufferedOutput, type Chunk, type ConfigProblem, type Formatter, type PluginContext } from '#logferry';
import { compileAuth, type Authenticate } from './auth.ts';
import { compileEndpoint } from './endpoint.ts';
import { fields, type HttpConfig } from './fields.ts';
import { compileHeaders, contentType } from './headers.ts';
import { environmentProxy, fixedProxy } from './proxy.ts';
import { compileJudge } from './response.ts';
import { readTls } from './tls.ts';
import { createTransport, type Transport } from './transport.ts';

const compress = promisify(gzip);

/** Ruby's own limit for connections and answers; without one a dead peer would hold a chunk for ever. */
const DEFAULT_TIMEOUT_SEC = 60;

export default defineOutput({
  type: 'http',
  doc: 'Sends events with POST or PUT requests over HTTP or HTTPS, one request for each chunk.',
  config: fields,
  buffer: { mode: 'always' },

  create(config, context): BufferedOutput {
    const problems: ConfigProblem[] = [];
    const check = <T>(compile: () => T): T | undefined => attempt(compile, problems);
    const readEndpoint = check(() => compileEndpoint(config.endpoint, context.chunkKeys, config.allowed_hosts, context.place('endpoint')));
    const headersOf = check(() => compileHeaders(config, contentType(config, context), context));
    const prepareAuth = check(() => compileAuth(config.auth, context));
    const proxy = config.proxy === undefined ? undefined : check(() => fixedProxy(config.proxy!, context.place('proxy')));
    const timeouts = check(() => readTimeouts(config, context));
    const format = check(() => formatOf(config, context.create(config.format), context));
    if (!readEndpoint || !headersOf || !timeouts || !format || problems.length > 0) throw new ConfigError(problems);
    const template = context.template('endpoint', config.endpoint);
    const lost = context.metrics.counter('http_lost_records_total', 'Events that were thrown away after an answer that was no success.');
    const judge = compileJudge(config, context.log, () => context.clock.now(), (events) => lost.add(events));
    const method = config.http_method.toUpperCase();
    let transport: Transport | undefined;
    let authenticate: Authenticate | undefined;

    return {
      format,
      planning: { name: (chunk) => `${method} ${template.expand(chunk)}` },
      async start() {
        const tls = /^http:/i.test(config.endpoint) ? {} : readTls(config, context);
        const opened = createTransport({ tls, findProxy: proxy ?? environmentProxy(process.env), keepAlive: config.reuse_connections, ...timeouts });
        transport = opened;
        context.defer(() => opened.close());
        authenticate = await prepareAuth?.();
      },
      async write(chunk: Chunk, signal: AbortSignal) {
        if (!transport) throw new Error('the HTTP output has not been started');
        const target = readEndpoint(template.expand(chunk));
        const headers = headersOf(chunk);
        const body = await bodyOf(chunk, config);
        const send = async () => {
          const proof = await authenticate?.headers({ method, target, contentType: headers['Content-Type']!, body });
          return transport!.send({ method, target, headers: { ...headers, ...proof }, body }, signal);
        };
        let answer = await send();
        if (await authenticate?.mayRetry?.(answer)) answer = await send();
        judge(answer, target, chunk.eventCount);
      },
    };
  },
});

/** What it gives, or undefined and its problems: all of them are told at once. */
function attempt<T>(compile: () => T, problems: ConfigProblem[]): T | undefined {
  try {
    return compile();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}

function formatOf(config: HttpConfig, formatter: Formatter, context: PluginContext): NonNullable<BufferedOutput['format']> {
  if (!config.json_array) return (tag, time, record) => formatter.format(tag, time, record);
  if (config.format.type !== 'json') {
    const problem = `json_array option could be used with json formatter only, found '${config.format.type}'`;
    throw new ConfigError(problem, context.place('json_array'), 'remove json_array or use @type json in <format>');
  }
  return (tag, time, record) => `${formatter.format(tag, time, record) as string},`;
}

/** The chunk's bytes; of an array, each event has a comma behind it, and the last comma goes. */
async function bodyOf(chunk: Chunk, config: HttpConfig): Promise<Buffer> {
  const bytes = await chunk.read();
  const body = config.json_array ? Buffer.concat([Buffer.from('['), bytes.subarray(0, -1), Buffer.from(']')]) : bytes;
  return config.compress === 'gzip' ? compress(body) : body;
}

function readTimeouts(config: HttpConfig, context: PluginContext) {
  const milliseconds = (name: 'open_timeout' | 'read_timeout' | 'ssl_timeout', absent: number | undefined): number | undefined => {
    const seconds = config[name] ?? absent;
    if (seconds !== undefined && seconds < 0) {
      throw new ConfigError(`${name}: expected a number of seconds, found ${seconds}`, context.place(name), '0 is no limit');
    }
    return seconds === undefined || seconds === 0 ? undefined : seconds * 1000;
  };
  return {
    openTimeoutMs: milliseconds('open_timeout', DEFAULT_TIMEOUT_SEC),
    readTimeoutMs: milliseconds('read_timeout', DEFAULT_TIMEOUT_SEC),
    tlsTimeoutMs: milliseconds('ssl_timeout', undefined),
  };
}
