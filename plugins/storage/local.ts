/** Keeps values in a JSON file, written in whole each time and moved into place. */
import {
  closeSync, existsSync, fchmodSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync,
} from 'node:fs';
import path from 'node:path';
import {
  ConfigError, decodeText, defineStorage, encodeText, errorText, generateJson, isHash, param, parseJson,
  type ConfigValue, type PluginContext, type Value,
} from '#logferry';

export default defineStorage({
  type: 'local',
  doc: 'Keeps values in a JSON file, or in memory if it has no path.',
  config: {
    persistent: param.bool('Write the file with each change.', { default: false }),
    autosave: param.bool('Write the file from time to time, if something changed.', { default: true }),
    autosave_interval: param.time('Seconds between two of these.', { default: 10 }),
    save_at_shutdown: param.bool('Write the file at the end.', { default: true }),
    path: param.string('The file; a folder, or a name that does not end in .json, gets `worker0/storage.json` below it.', { optional: true }),
    mode: param.custom('Permissions of the file, octal.', octal, { default: 0o644 }),
    dir_mode: param.custom('Permissions of folders that are made, octal.', octal, { default: 0o755 }),
    pretty_print: param.bool('Write the JSON with line breaks.', { default: false }),
  },

  create(config, context) {
    const { rootDir } = context.system;
    const inRoot = rootDir !== undefined && context.configured;
    if (config.persistent && config.path === undefined && !inRoot) {
      throw new ConfigError(
        "Plugin @id or path for <storage> required when 'persistent' is true", context.element.at,
        'add a path, or an @id to the plugin and root_dir to <system>',
      );
    }
    let file: string | undefined;
    let values = new Map<string, Value>();
    let isChanged = false;

    const save = (durably: boolean): void => {
      if (file === undefined || !isChanged) return;
      try {
        writeWhole(file, config.pretty_print ? prettyJson(values, '') : generateJson(values), config.mode, durably);
        isChanged = false;
      } catch (error) {
        context.log.error('failed to save data for plugin storage to file', { path: file, error });
      }
    };
    const changed = (): void => {
      isChanged = true;
      if (config.persistent) save(false);
    };
    return {
      start() {
        if (config.path !== undefined) file = fileIn(context.path(config.path), context.workerId);
        else if (inRoot) {
          const name = context.element.arg === '' ? 'storage.json' : `storage.${context.element.arg}.json`;
          file = context.path(path.join(rootDir, `worker${context.workerId}`, context.id, name));
        }
        if (file === undefined) return;
        mkdirSync(path.dirname(file), { recursive: true, mode: config.dir_mode });
        if (existsSync(file)) values = read(file, context);
        else isChanged = true;
        if (!config.autosave || config.persistent) return;
        const timer = setInterval(() => save(true), config.autosave_interval * 1000);
        timer.unref();
        context.defer(() => clearInterval(timer));
      },
      get: (key) => values.get(key),
      put(key, value) {
        if (values.get(key) === value && (typeof value !== 'object' || value === null)) return;
        values.set(key, value);
        changed();
      },
      delete(key) {
        if (values.delete(key)) changed();
      },
      save: () => save(true),
      close() {
        if (config.save_at_shutdown || config.persistent) save(true);
      },
    };
  },
});

function fileIn(given: string, workerId: number): string {
  const isFile = existsSync(given) ? statSync(given).isFile() : given.endsWith('.json');
  return isFile ? given : path.join(given, `worker${workerId}`, 'storage.json');
}

function read(file: string, context: PluginContext): Map<string, Value> {
  const at = context.place('path');
  let text: string;
  try {
    text = decodeText(readFileSync(file));
  } catch (error) {
    throw new ConfigError(`cannot read plugin storage file ${file}: ${errorText(error)}`, at);
  }
  if (text.trim() === '') {
    context.log.warn('detect empty plugin storage file during startup. Ignored', { path: file });
    return new Map();
  }
  const hint = 'remove the file to begin anew';
  let value: Value;
  try {
    value = parseJson(text);
  } catch (error) {
    throw new ConfigError(`plugin storage file ${file} holds no JSON: ${errorText(error)}`, at, hint);
  }
  if (!isHash(value)) throw new ConfigError(`Invalid contents (not object) in plugin storage file: ${file}`, at, hint);
  return new Map(value);
}

/** The file has either its old contents or the new ones, whatever happens. */
function writeWhole(file: string, text: string, mode: number, durably: boolean): void {
  const temporary = `${file}.tmp.${process.pid}`;
  const bytes = encodeText(text);
  try {
    const handle = openSync(temporary, 'w', mode);
    try {
      for (let written = 0; written < bytes.length; ) written += writeSync(handle, bytes, written);
      fchmodSync(handle, mode);
      if (durably) fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** JSON with a line for each member, two blanks deep, as Ruby's `JSON.pretty_generate` writes it. */
function prettyJson(value: Value, indent: string): string {
  const inner = indent + '  ';
  const wrap = (open: string, members: readonly string[], close: string): string =>
    members.length === 0 ? open + close : `${open}\n${members.map((member) => inner + member).join(',\n')}\n${indent}${close}`;
  if (isHash(value)) return wrap('{', [...value].map(([key, item]) => `${generateJson(key)}: ${prettyJson(item, inner)}`), '}');
  if (Array.isArray(value)) return wrap('[', (value as readonly Value[]).map((item) => prettyJson(item, inner)), ']');
  return generateJson(value);
}

function octal({ text }: ConfigValue): number {
  if (!/^0?o?[0-7]{1,4}$/.test(text)) throw new Error(`expected octal permissions such as 0644, found '${text}'`);
  return Number.parseInt(text.replace('o', ''), 8);
}
