/** Sends chunks to other agents over Fluentd's forward protocol. */
import { ConfigError, defineOutput, errorText, readAck, TakebackError, type BufferedOutput, type Chunk, type DelayedCommit, type PluginContext } from '#logferry';
import { Balancer } from './balancer.ts';
import { chunkOption, compressionProblem, encodeChunk } from './chunk-message.ts';
import type { ForwardConnection } from './connection.ts';
import { fields, type ForwardConfig } from './fields.ts';
import { startHeartbeats } from './heartbeat.ts';
import type { NodeSettings, ServerNode, Service } from './node.ts';
import { createServers } from './servers.ts';
import { checkTls, readTls, type ClientTls } from './tls.ts';

export default defineOutput({
  type: 'forward',
  doc: 'Sends events to other agents (Logferry, Fluentd, Fluent Bit), spread over servers, with acknowledgements if wanted.',
  config: fields,
  buffer: { mode: 'always', chunkKeys: ['tag'] },
  legacy: ['buffer'],

  create(config, context): BufferedOutput {
    check(config, context);
    let tls: ClientTls | undefined;
    const { log } = context;
    const settings = nodeSettings(config, context, () => tls);
    const balancer = new Balancer<ServerNode>(log);
    const servers = createServers(config.server.map(serviceOf), config.service_discovery.map((plugin) => context.create(plugin)), balancer, settings, log);
    context.metrics.observe('output_registered_nodes_count', 'Servers that are known.', () => servers.nodes().length);
    context.metrics.observe('output_healthy_nodes_count', 'Servers that are there.', () => servers.nodes().filter(({ isAvailable }) => isAvailable).length);
    const ackTimeoutMs = config.ack_response_timeout * 1000;

    /** Resolves when the server has acknowledged the chunk. */
    const acknowledged = async (chunk: Chunk, node: ServerNode, connection: ForwardConnection): Promise<void> => {
      let ack;
      try {
        ack = readAck(await connection.receive(ackTimeoutMs, 'acknowledgement'));
      } catch (error) {
        node.discard(connection);
        if (node.isClosed) throw error;
        node.disable();
        log.warn('no response from node. regard it as unavailable.', { host: node.host, port: node.port, error: errorText(error) });
        // Another server may take it at once.
        throw new TakebackError(errorText(error), { cause: error });
      }
      if (ack === chunkOption(chunk)) return node.release(connection);
      node.discard(connection);
      log.warn('ack in response and chunk id in sent data are different', { chunk_id: chunk.id, ack });
      throw new Error(`${node.label} acknowledged another chunk`);
    };

    const send = async (chunk: Chunk, pieces: readonly Buffer[], node: ServerNode, signal: AbortSignal): Promise<void | DelayedCommit> => {
      const connection = await node.connect(signal);
      try {
        await connection.send(pieces, signal);
      } catch (error) {
        node.discard(connection);
        throw error;
      }
      node.heartbeat(false);
      if (config.require_ack_response) return { committed: acknowledged(chunk, node, connection) };
      node.release(connection);
      return undefined;
    };

    return {
      planning: { name: () => config.server.map(({ host, port }) => `${host}:${port}`).join(', ') || 'servers that a service discovery finds' },
      // A chunk that is compressed once goes out as it is, however often it is tried.
      compress: config.compress,
      async start() {
        tls = readTls(config, context);
        servers.start();
        context.defer(() => servers.close());
        if (servers.nodes().length === 0) log.warn('no forwarding server is known yet: chunks wait until a service discovery finds one');
        await resolveNames(servers.nodes(), config, context);
        if (config.verify_connection_at_startup) await verifyConnections(servers.nodes());
        const type = settings.heartbeat;
        if (type !== 'none') startHeartbeats({ type, intervalMs: settings.heartbeatIntervalMs, nodes: servers.nodes }, context);
      },
      async write(chunk, signal) {
        if (chunk.byteLength === 0) return undefined;
        const pieces = await encodeChunk(chunk, config.compress, config.require_ack_response);
        return balancer.select((node) => send(chunk, pieces, node, signal), signal);
      },
      close: () => servers.close(),
    };
  },
});

/** What is wrong with the parameters together. Throws a ConfigError. */
function check(config: ForwardConfig, context: PluginContext): void {
  const { log } = context;
  if (!context.chunkKeys.tag)
    throw new ConfigError("buffer chunk key must include 'tag' for forward output", context.element.at, 'write <buffer tag>');
  if (config.server.length === 0 && config.service_discovery.length === 0)
    throw new ConfigError('forward output plugin requires at least one node is required. Add <server> or <service_discovery>', context.element.at);
  if (config.heartbeat_type === 'tcp') log.warn("'heartbeat_type tcp' is deprecated. use 'transport' instead.");
  if (config.dns_round_robin && config.heartbeat_type === 'udp')
    throw new ConfigError("forward output heartbeat type must be 'transport' or 'none' to use dns_round_robin option", context.place('heartbeat_type'));
  if (config.ack_response_timeout < 1) throw new ConfigError('ack_response_timeout must be a positive integer', context.place('ack_response_timeout'));
  if (!(config.heartbeat_interval > 0)) throw new ConfigError('heartbeat_interval must be more than 0', context.place('heartbeat_interval'));
  if (!config.keepalive && config.keepalive_timeout !== undefined)
    log.warn('The value of keepalive_timeout is ignored. if you want to use keepalive, please add `keepalive true` to your conf.');
  const problem = compressionProblem(config.compress);
  if (problem) throw new ConfigError(problem, context.place('compress'), 'use compress gzip');
  const written = context.element.elements.find(({ name }) => name === 'buffer')?.params.get('compress');
  const ofBuffer = written?.text ?? 'text';
  if (ofBuffer !== 'text' && config.compress === 'text')
    log.info('buffer is compressed.  If you also want to save the bandwidth of a network, Add `compress` configuration in <match>');
  else if (ofBuffer !== 'text' && ofBuffer !== config.compress)
    throw new ConfigError(`You cannot specify different compression formats for Buffer (Buffer: ${ofBuffer}, Self: ${config.compress})`, written?.at);
  for (const [i, { weight, port }] of config.server.entries()) {
    const at = context.element.elements.filter(({ name }) => name === 'server')[i]?.at;
    if (weight < 0) throw new ConfigError(`weight: expected a number from 0 on, found ${weight}`, at);
    if (port < 1 || port > 65_535) throw new ConfigError(`port: expected a number from 1 to 65535, found ${port}`, at);
  }
  checkTls(config, context);
}

function nodeSettings(config: ForwardConfig, context: PluginContext, tls: () => ClientTls | undefined): Omit<NodeSettings, 'onChange'> {
  const milliseconds = (seconds: number | undefined): number | undefined => (seconds === undefined ? undefined : seconds * 1000);
  return {
    clock: context.clock,
    log: context.log,
    heartbeat: config.heartbeat_type === 'tcp' ? 'transport' : config.heartbeat_type,
    heartbeatIntervalMs: config.heartbeat_interval * 1000,
    recoverWaitMs: config.recover_wait * 1000,
    hardTimeoutMs: config.hard_timeout * 1000,
    phiThreshold: config.phi_failure_detector ? config.phi_threshold : undefined,
    connectTimeoutMs: milliseconds(config.connect_timeout),
    sendTimeoutMs: config.send_timeout * 1000,
    dnsCacheMs: milliseconds(config.expire_dns_cache),
    dnsRoundRobin: config.dns_round_robin,
    keepalive: config.keepalive,
    keepaliveTimeoutMs: milliseconds(config.keepalive_timeout),
    security: config.security && { hostname: config.security.self_hostname, sharedKey: config.security.shared_key },
    tls,
  };
}

function serviceOf(server: ForwardConfig['server'][number]): Service {
  const { shared_key: sharedKey, ...service } = server;
  return { ...service, sharedKey };
}

/** Names that cannot be resolved are an error, unless they may come later. */
async function resolveNames(nodes: readonly ServerNode[], config: ForwardConfig, context: PluginContext): Promise<void> {
  if (config.heartbeat_type === 'none') return;
  for (const node of nodes) {
    try {
      await node.resolve();
    } catch (error) {
      const hint = 'ignore_network_errors_at_startup true starts without it';
      if (!config.ignore_network_errors_at_startup) throw new ConfigError(errorText(error), context.element.at, hint);
      context.log.warn('failed to resolve node name when configured', { server: node.label, error });
      node.disable();
    }
  }
}

async function verifyConnections(nodes: readonly ServerNode[]): Promise<void> {
  for (const node of nodes) {
    try {
      node.release(await node.connect());
    } catch (error) {
      throw new Error(`forward's connection setting error: ${errorText(error)}`, { cause: error });
    }
  }
}
