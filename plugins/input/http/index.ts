/** Events over HTTP: the path of a request is the tag, its body has the records. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  ByteAllowance, ConfigError, createIntake, defineInput, errorText, listenTcp, ObjectBatch, owned, param, prepareTransport, transportSection,
  watchConnections, type HttpConnections, type Input, type StreamServer, type Value,
} from '#logferry';
import { EMPTY_IMAGE, send, TOO_LARGE, type Answer } from './answer.ts';
import { decompress, readBody } from './body.ts';
import { corsHeaders, mayPost, preflight, type Cors } from './cors.ts';
import { boundaryOf, parseMultipart } from './multipart.ts';
import { headerText, parseForm, parseQuery, parseTarget, tagOfPath, variableName } from './parameters.ts';
import { compileRecords, WHOLE_BODY } from './records.ts';

/** All headers of a request. */
const MAX_HEADER_BYTES = 80 * 1024;

export default defineInput({
  type: 'http',
  doc:
    'Takes events over HTTP. The path is the tag (`/a/b` is `a.b`), the body is JSON, ndjson, MessagePack or a form, or what <parse> says. ' +
    'The answer comes when the events are taken.',
  legacy: ['parser'],
  config: {
    port: param.integer('The port to listen on.', { default: 9880 }),
    bind: param.string('The address to listen on; 0.0.0.0 and :: are all of this machine.', { default: '0.0.0.0' }),
    body_size_limit: param.size('Bodies with more bytes are refused (413).', { default: 32 * 1024 * 1024 }),
    decompression_size_limit: param.size('Compressed bodies that become more bytes are refused (400).', { default: 256 * 1024 * 1024 }),
    keepalive_timeout: param.time('A connection on which nothing comes for so long is closed.', { default: 10 }),
    backlog: param.integer('How many connections may wait to be accepted.', { optional: true }),
    add_http_headers: param.bool('Headers become fields: HTTP_ and the name in capitals.', { default: false }),
    add_remote_addr: param.bool('The address of the client becomes the field REMOTE_ADDR; the first one of X-Forwarded-For if there is such a header.', { default: false }),
    blocking_timeout: param.time('Has no meaning here: nothing blocks.', { default: 0.5, noEffect: 'nothing blocks' }),
    cors_allow_origins: param.array('Origins of pages that may send from a browser: ["https://a.example", "https://*.b.example"], or ["*"].', { optional: true }),
    cors_allow_credentials: param.bool('Such pages may send with credentials.', { default: false }),
    respond_with_empty_img: param.bool('The answer is a picture of one pixel.', { default: false }),
    use_204_response: param.bool('The answer is 204 in place of 200.', { default: false }),
    dump_error_log: param.bool('Requests that fail are logged.', { default: true }),
    add_query_params: param.bool('Parameters of the query become fields: QUERY_ and the name in capitals.', { default: false }),
    add_tag_prefix: param.string('Comes before the tag of the path, with a dot between them.', { optional: true }),
    transport: transportSection(['tcp', 'tls']),
    parse: owned('parser', 'How a body becomes events; by its content type if absent.', { defaultType: 'in_http' }),
  },

  create(config, context): Input {
    const { log, router, metrics } = context;
    const { cors_allow_origins: origins, cors_allow_credentials: credentials, add_tag_prefix: prefix } = config;
    if (credentials && (origins === undefined || origins.includes('*'))) {
      throw new ConfigError('Cannot enable cors_allow_credentials without specific origins', context.place('cors_allow_credentials'));
    }
    if (prefix === '') throw new ConfigError("'add_tag_prefix' parameter must not be empty", context.place('add_tag_prefix'));
    const transport = prepareTransport(config.transport, context);
    const cors: Cors = { origins, credentials };
    const parser = context.create(config.parse);
    const isDefault = config.parse.type === 'in_http';
    const read = compileRecords({
      parse: config.parse,
      parser,
      addHttpHeaders: config.add_http_headers,
      addQueryParams: config.add_query_params,
      addRemoteAddr: config.add_remote_addr,
    }, context);
    const intake = createIntake(context);
    const allowance = new ByteAllowance(Math.max(new ByteAllowance().limit, config.body_size_limit));
    const requests = (code: number) => metrics.counter('input_http_requests_total', 'Answered requests, by status.', { code: `${code}` });
    const success: Answer = config.respond_with_empty_img
      ? { status: 200, headers: [['Content-Type', 'image/gif; charset=utf-8']], body: EMPTY_IMAGE }
      : config.use_204_response ? { status: 204 } : { status: 200, headers: [['Content-Type', 'text/plain']] };

    const failure = (status: 400 | 500, title: string, error: unknown): Answer =>
      ({ status, headers: [['Content-Type', 'text/plain']], body: `${status} ${title}\n${errorText(error)}\n` });

    /** Parameters of the query and the form, the body, and what the headers say, in this order. */
    function parametersOf(request: IncomingMessage, query: string | undefined, body: Buffer): Map<string, Value | Buffer> {
      const pairs = parseQuery(query);
      const parameters = new Map<string, Value | Buffer>(pairs);
      const type = first(request.rawHeaders, 'content-type') ?? '';
      const boundary = isDefault ? boundaryOf(type) : undefined;
      if (!isDefault) parameters.set(WHOLE_BODY, body);
      else if (type.startsWith('application/x-www-form-urlencoded')) for (const pair of parseForm(body)) parameters.set(...pair);
      else if (boundary !== undefined) for (const pair of parseMultipart(body, boundary)) parameters.set(...pair);
      else if (/^application\/(?:json|csp-report)/.test(type)) parameters.set('json', body);
      else if (type.startsWith('application/msgpack')) parameters.set('msgpack', body);
      else if (type.startsWith('application/x-ndjson')) parameters.set('ndjson', body);
      if (config.add_query_params) for (const [name, value] of pairs) parameters.set(variableName('QUERY', name), value);
      if (config.add_http_headers) for (const [name, value] of headerFields(request.rawHeaders)) parameters.set(name, value);
      if (config.add_remote_addr) {
        const address = remoteAddress(request);
        if (address !== undefined) parameters.set('REMOTE_ADDR', address);
      }
      return parameters;
    }

    /** Emits what the request says; resolves to the answer. Never rejects. */
    async function take(request: IncomingMessage, body: Buffer): Promise<Answer> {
      let tag: string;
      let found;
      try {
        const { path, query } = parseTarget(request.url ?? '/');
        tag = prefix === undefined ? tagOfPath(path) : `${prefix}.${tagOfPath(path)}`;
        found = read(parametersOf(request, query, body));
      } catch (error) {
        if (config.dump_error_log) log.error('failed to process request', { error });
        return failure(400, 'Bad Request', error);
      }
      const { events, invalid } = found;
      try {
        if (events.length > 0) await router.emit(new ObjectBatch(tag, events));
      } catch (error) {
        if (config.dump_error_log) log.error('failed to emit data', { error });
        return failure(500, 'Internal Server Error', error);
      }
      intake.received(events.length + invalid, body.length);
      if (invalid > 0) intake.dropped('unparsed', { message: 'parts of a request are no records, they are left out', fields: { tag, parts: invalid } }, invalid);
      return { ...success, headers: [...(success.headers ?? []), ...corsHeaders(cors, first(request.rawHeaders, 'origin'))] };
    }

    async function answerTo(request: IncomingMessage, response: ServerResponse): Promise<Answer | undefined> {
      const body = await readBody(request, config.body_size_limit, allowance);
      switch (body.kind) {
        case 'closed':
          return undefined;
        case 'too large':
          return TOO_LARGE;
        case 'busy':
          intake.warn('busy', 'requests are refused: their bodies together take too much memory', { limit: allowance.limit });
          return { status: 503, closes: true };
        case 'read':
          break;
      }
      let answer: Answer | undefined;
      const { socket } = request;
      try {
        await connections!.inTurn(socket, async () => {
          answer = await answerToBody(request, body.bytes);
          finish(request, response, answer);
        });
      } finally {
        body.release();
      }
      return undefined;
    }

    async function answerToBody(request: IncomingMessage, body: Buffer): Promise<Answer> {
      const origin = first(request.rawHeaders, 'origin');
      if (request.method === 'GET') return { status: 200, closes: true };
      if (request.method === 'OPTIONS') {
        const wanted = (what: string) => first(request.rawHeaders, `access-control-request-${what}`);
        const headers = preflight(cors, origin, wanted('method'), wanted('headers'));
        return headers ? { status: 200, headers, closes: true } : { status: 403, closes: true };
      }
      if (!mayPost(cors, origin)) return { status: 403, headers: [['Connection', 'close']], closes: true };
      let plain: Buffer;
      try {
        plain = await decompress(body, first(request.rawHeaders, 'content-encoding'), config.decompression_size_limit);
      } catch (error) {
        intake.warn('decompress', 'fails to decode payload', { error: errorText(error) });
        return { status: 400, closes: true };
      }
      return take(request, plain);
    }

    function finish(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
      requests(answer.status).add();
      send(request, response, answer);
    }

    function onRequest(request: IncomingMessage, response: ServerResponse): void {
      answerTo(request, response).then(
        (answer) => answer && finish(request, response, answer),
        (error: unknown) => {
          log.warn('unexpected error', { error });
          request.socket.destroy();
        },
      );
    }

    let server: StreamServer | undefined;
    let connections: HttpConnections | undefined;
    return {
      async start() {
        const watched = watchConnections(config.keepalive_timeout * 1000);
        connections = watched;
        context.defer(() => watched.close());
        const http = createServer({ maxHeaderSize: MAX_HEADER_BYTES, keepAliveTimeout: 0, joinDuplicateHeaders: false }, onRequest);
        http.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
          if (Number(request.headers['content-length'] ?? 0) >= config.body_size_limit) return finish(request, response, TOO_LARGE);
          response.writeContinue();
          onRequest(request, response);
        });
        http.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => finish(request, response, { status: 417, closes: true }));
        http.on('clientError', (error: NodeJS.ErrnoException, socket) => {
          if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
          intake.warn('malformed', 'unexpected error', { error: errorText(error) });
          socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
        });
        const { bind: host, port, backlog } = config;
        server = await listenTcp(context, { host, port, backlog, transport }, (connection) => {
          watched.add(connection);
          http.emit('connection', connection.socket);
          return undefined;
        });
        log.debug('listening http', { bind: server.host, port: server.port });
      },
      async stop() {
        await server?.close();
        connections?.close();
      },
      status: () => ({ port: server?.port, connections: server?.connections.size ?? 0 }),
    };
  },
});

/** The first value of a header, as text. */
function first(rawHeaders: readonly string[], name: string): string | undefined {
  for (let i = 0; i < rawHeaders.length; i += 2) if (rawHeaders[i]!.toLowerCase() === name) return rawHeaders[i + 1]!;
  return undefined;
}

/** Headers as fields, in their order; several of one name (in the same letters) are a list. */
function headerFields(rawHeaders: readonly string[]): Map<string, Value> {
  const values = new Map<string, string[]>();
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const found = values.get(rawHeaders[i]!);
    if (found) found.push(headerText(rawHeaders[i + 1]!));
    else values.set(rawHeaders[i]!, [headerText(rawHeaders[i + 1]!)]);
  }
  const fields = new Map<string, Value>();
  for (const [name, list] of values) fields.set(variableName('HTTP', name), list.length === 1 ? list[0]! : list);
  return fields;
}

/** Where the request comes from, as proxies say it. */
function remoteAddress(request: IncomingMessage): string | undefined {
  const forwarded = first(request.rawHeaders, 'x-forwarded-for');
  if (forwarded === undefined) return request.socket.remoteAddress;
  const address = forwarded.split(',')[0]!;
  return address === '' ? undefined : headerText(address);
}
