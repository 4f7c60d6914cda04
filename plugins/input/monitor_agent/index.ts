/**
 * The state of all plugins over HTTP, and as events: Fluentd's monitor_agent. `/api/plugins.json` and `/api/config.json` are
 * Fluentd's, those without `.json` are the same as LTSV. `/api/ledger.json` is an addition: where every line has gone.
 */
import {
  compileMatchPattern, defineInput, isMultiOutput, members, ObjectBatch, prepareTransport, servePages, version,
  type Page, type PageRequest, type PluginContext, type PluginView, type StreamServer, type Value,
} from '#logferry';
import { fields, type Config } from './fields.ts';
import { pluginInfo, toValue, typeOf, type InfoOptions } from './plugin-info.ts';
import { jsonPage, ltsvPage } from './text.ts';

/** Timers take no longer ones, seconds. */
const LONGEST_SEC = 2_147_483;

export default defineInput({
  type: 'monitor_agent',
  doc: 'Tells over HTTP, and as events if it has a tag, what plugins there are, what their buffers hold and what they did.',
  config: fields,

  create(config, context) {
    const { log, router } = context;
    const transport = prepareTransport(config.transport, context);
    let server: StreamServer | undefined;

    const emit = (): void => {
      const time = context.clock.time();
      const options: InfoOptions = { withConfig: false, withRetry: false, variables: undefined };
      const events = members(context.agent).map((view) => ({ time, record: pluginInfo(context.agent, view, options) }));
      const failed = (error: unknown): void => log.error('failed to emit the state of plugins', { error });
      try {
        router.emit(new ObjectBatch(config.tag!, events))?.catch(failed);
      } catch (error) {
        failed(error);
      }
    };

    return {
      async start() {
        const port = config.port === 0 ? 0 : config.port + context.workerId;
        server = await servePages(context, { host: config.bind, port, transport }, (request) => answer(request, config, context));
        log.debug(`listening monitoring http server on ${config.transport.protocol === 'tls' ? 'https' : 'http'}://${server.host}:${server.port}/api/plugins`);
        if (config.tag === undefined) return;
        const timer = setInterval(emit, Math.min(Math.max(0.1, config.emit_interval), LONGEST_SEC) * 1000);
        context.defer(() => clearInterval(timer));
      },
      stop: () => server?.close(),
      status: () => ({ port: server?.port }),
    };
  },
});

function answer({ method, path, query }: PageRequest, config: Config, context: PluginContext): Page {
  const pretty = config.include_debug_info && query.has('debug');
  if (method === 'GET' || method === 'HEAD') {
    switch (path) {
      case '/api/plugins':
        return ltsvPage(pluginsOf(query, config, context));
      case '/api/plugins.json':
        return jsonPage(new Map([['plugins', pluginsOf(query, config, context)]]), { pretty });
      case '/api/config':
        return ltsvPage([agentOptions(context)]);
      case '/api/config.json':
        return jsonPage(agentOptions(context), { pretty });
      case '/api/ledger.json':
        return jsonPage(toValue(context.agent.ledger()), { pretty });
    }
  }
  return jsonPage(new Map([['message', 'Not found']]), { status: 404 });
}

/** Those that the query asks for: by tag, id or type, else all. */
function pluginsOf(query: URLSearchParams, config: Config, { agent }: PluginContext): Map<string, Value>[] {
  const names = query.get('with_ivars');
  const variables = !config.include_debug_info ? undefined : query.has('debug') ? 'all' : names?.split(',');
  const options: InfoOptions = { withConfig: config.include_config, withRetry: config.include_retry, variables };
  return chosen(query).map((view) => pluginInfo(agent, view, options));

  function chosen(by: URLSearchParams): readonly PluginView[] {
    const all = members(agent);
    const tag = by.get('tag');
    const id = by.get('@id') ?? by.get('id');
    const type = by.get('@type') ?? by.get('type');
    if (tag !== null) return all.filter((view) => takes(view, tag)).slice(0, 1);
    if (id !== null) return all.filter((view) => view.id === id).slice(0, 1);
    return type === null ? all : all.filter((view) => typeOf(view) === type);
  }

  /** Outputs of the top level; those with stores are passed over, as Fluentd does. */
  function takes(view: PluginView, tag: string): boolean {
    const { kind, step } = view;
    return kind === 'output' && step?.label === '@ROOT' && step.pattern !== undefined && !isMultiOutput(agent, view) && compileMatchPattern(step.pattern).matches(tag);
  }
}

function agentOptions({ agent, system }: PluginContext): Map<string, Value> {
  const log = agent.config.elements.find(({ name }) => name === 'system')?.elements.find(({ name }) => name === 'log');
  return new Map<string, Value>([
    ['pid', process.pid], ['ppid', process.ppid], ['version', version()],
    ['config_path', agent.configFile], ['pid_file', null], ['plugin_dirs', []], ['log_path', log?.params.get('path')?.text ?? null], ['root_dir', system.rootDir ?? null],
  ]);
}
