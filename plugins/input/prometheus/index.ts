/** Shows metrics over HTTP in Prometheus' text format: what the other Prometheus plugins count. */
import { gzip } from 'node:zlib';
import { promisify } from 'node:util';
import {
  agentSamples, ConfigError, defineInput, exposition, EXPOSITION_TYPE, prepareTransport, servePages, userMetrics,
  type Page, type PluginContext, type StreamServer, type TransportConfig,
} from '#logferry';
import { aggregatePages } from './aggregate.ts';
import { fields } from './fields.ts';
import { fetchPage } from './workers.ts';

/** How long it is not logged again that a worker does not answer, milliseconds. */
const REPEAT_MS = 3_600_000;
const NOT_FOUND: Page = { status: 404, headers: { 'Content-Type': 'text/plain' }, body: '404 Not Found\n' };
const compress = promisify(gzip);

export default defineInput({
  type: 'prometheus',
  doc: 'Shows over HTTP what the filter and the output prometheus and the inputs prometheus_..._monitor count, for a Prometheus server.',
  config: fields,

  create(config, context) {
    const { log, system, workerId } = context;
    const host = /^\[(.*)\]$/.exec(config.bind)?.[1] ?? config.bind;
    const settings = tlsSettings(config, context);
    const transport = prepareTransport(settings, context);
    const isTls = settings.protocol === 'tls';
    if (config.labels) log.warn('<labels> has no effect in the input prometheus: labels belong to the plugins that count');
    let server: StreamServer | undefined;
    let toldAt = -Infinity;

    const ownPage = (): string => (config.agent_metrics ? exposition(agentSamples(context.agent)) : userMetrics(context.agent).page());
    const answer = async (text: string): Promise<Page> => ({
      status: 200,
      headers: { 'Content-Type': EXPOSITION_TYPE, 'Content-Encoding': config.content_encoding },
      body: config.content_encoding === 'gzip' ? await compress(text) : text,
    });

    async function allPages(): Promise<Page> {
      const from = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
      try {
        const pages = await Promise.all(Array.from({ length: system.workers }, (_, worker) =>
          worker === workerId ? ownPage() : fetchPage({ host: from, port: config.port + worker, path: config.metrics_path, isTls })));
        return await answer(aggregatePages(pages.filter((page) => page !== undefined)));
      } catch (error) {
        const now = context.clock.monotonic();
        if (now - toldAt >= REPEAT_MS) log.error('in_prometheus: failed to render workers metrics', { error });
        toldAt = now;
        return { status: 500, headers: { 'Content-Type': 'text/plain' }, body: 'in_prometheus server error: a worker does not answer\n' };
      }
    }

    return {
      async start() {
        const port = config.port === 0 ? 0 : config.port + workerId;
        server = await servePages(context, { host, port, transport }, ({ method, path }) => {
          if (method !== 'GET' && method !== 'HEAD') return NOT_FOUND;
          if (path === config.metrics_path) return answer(ownPage());
          return path === config.aggregated_metrics_path ? allPages() : NOT_FOUND;
        });
        log.debug('listening prometheus http server', { bind: server.host, port: server.port, path: config.metrics_path });
      },
      stop: () => server?.close(),
      status: () => ({ port: server?.port }),
    };
  },
});

/** `<transport>`, or what `<ssl>` says in its terms. */
function tlsSettings({ transport, ssl }: { readonly transport: TransportConfig<'tcp' | 'tls'>; readonly ssl?: SslConfig | undefined }, context: PluginContext): TransportConfig<'tcp' | 'tls'> {
  if (!ssl?.enable) return transport;
  const { certificate_path: cert, private_key_path: key, ca_path: ca, extra_conf: extra } = ssl;
  if ((cert === undefined) !== (key === undefined)) {
    const at = context.element.elements.find(({ name }) => name === 'ssl')?.at;
    throw new ConfigError('both certificate_path and private_key_path must be defined', at ?? context.element.at);
  }
  if (extra !== undefined) context.log.warn('<ssl> extra_conf has no effect: it has settings of the HTTP server of Ruby', { keys: [...extra.keys()].join(', ') });
  // Without a certificate one is made up, as the server of Ruby does.
  return { ...transport, protocol: 'tls', cert_path: cert, private_key_path: key, ca_path: ca, insecure: cert === undefined };
}

interface SslConfig {
  readonly enable: boolean;
  readonly certificate_path: string | undefined;
  readonly private_key_path: string | undefined;
  readonly ca_path: string | undefined;
  readonly extra_conf: ReadonlyMap<string, unknown> | undefined;
}
