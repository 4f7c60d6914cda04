/** Servers that stand in a file, which may change while the agent runs. */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { parse as parseYaml } from 'yaml';
import { ConfigError, defineServiceDiscovery, errorText, param, type PluginContext, type ServiceDiscovery } from '#logferry';

type Service = ReturnType<ServiceDiscovery['services']>[number];

/** How often it is looked whether the file has changed. */
const LOOK_MS = 2000;
const DEFAULT_WEIGHT = 60;

export default defineServiceDiscovery({
  type: 'file',
  doc: 'Servers from a YAML or JSON file: a list of maps with host and port, and maybe name, weight, standby, username, password, shared_key. ' +
    'A change of the file is noticed within some seconds.',
  config: {
    path: param.string('The file. It is JSON if its name ends in .json, else YAML.', { default: '/etc/fluent/sd.yaml' }),
    conf_encoding: param.string('Encoding of the file.', { default: 'utf-8' }),
  },

  create(config, context): ServiceDiscovery {
    const file = context.path(config.path);
    const decode = decoderOf(config.conf_encoding, context);
    const listeners: (() => void)[] = [];
    let services: readonly Service[] = [];

    let seen = '';
    let lastError: string | undefined;

    const load = (): void => {
      // Before the reading: a change between the two is noticed by the next look.
      seen = stamp(file);
      services = read(file, decode);
    };
    const look = (): void => {
      try {
        if (stamp(file) === seen) return;
        load();
      } catch (error) {
        const text = errorText(error);
        if (text !== lastError) context.log.error(`sd_file: ${text}`, { hint: 'the servers stay as they were' });
        lastError = text;
        return;
      }
      lastError = undefined;
      for (const listener of listeners) listener();
    };
    return {
      start() {
        try {
          load();
        } catch (error) {
          throw new ConfigError(`sd_file: path=${config.path} ${errorText(error)}`, context.place('path'));
        }
        const timer = setInterval(look, LOOK_MS);
        timer.unref();
        context.defer(() => clearInterval(timer));
      },
      services: () => services,
      onChange: (listener) => void listeners.push(listener),
    };
  },
});

/** Differs after each change, also if another file took the place. */
function stamp(file: string): string {
  const { ino, size, mtimeMs } = statSync(file);
  return `${ino} ${size} ${mtimeMs}`;
}

function decoderOf(encoding: string, context: PluginContext): (bytes: Buffer) => string {
  try {
    const decoder = new TextDecoder(encoding);
    return (bytes) => decoder.decode(bytes);
  } catch {
    throw new ConfigError(`conf_encoding: the encoding '${encoding}' is not known`, context.place('conf_encoding'), 'such as utf-8');
  }
}

/** Throws an error that says what is wrong. */
function read(file: string, decode: (bytes: Buffer) => string): readonly Service[] {
  const text = decode(readFileSync(file));
  const list: unknown = path.extname(file) === '.json' ? JSON.parse(text) : parseYaml(text);
  if (!Array.isArray(list)) throw new Error('expected a list of servers');
  return list.map(serviceOf);
}

function serviceOf(item: unknown, i: number): Service {
  const fields = new Map(item !== null && typeof item === 'object' ? Object.entries(item) : []);
  const wrong = (name: string, expected: string) =>
    new Error(`server ${i + 1}: ${name}: expected ${expected}, found ${JSON.stringify(fields.get(name)) ?? 'nothing'}. Service must have \`host\` and \`port\``);
  const text = (name: string): string | undefined => {
    const value: unknown = fields.get(name) ?? undefined;
    if (value !== undefined && typeof value !== 'string' && typeof value !== 'number') throw wrong(name, 'text');
    return value === undefined ? undefined : String(value);
  };
  const number = (name: string, least: number, most: number, fallback?: number): number => {
    const value = Number(fields.get(name) ?? fallback);
    if (!Number.isInteger(value) || value < least || value > most) throw wrong(name, `a whole number from ${least} to ${most}`);
    return value;
  };
  const host = text('host');
  if (host === undefined || host === '') throw wrong('host', 'a name or an address');
  return {
    host,
    port: number('port', 1, 65_535),
    name: text('name'),
    weight: number('weight', 0, 1_000_000, DEFAULT_WEIGHT),
    standby: fields.get('standby') === true,
    username: text('username') ?? '',
    password: text('password') ?? '',
    sharedKey: text('shared_key'),
  };
}
