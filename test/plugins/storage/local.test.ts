import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import local from '../../../plugins/storage/local.ts';
import type { Storage } from '../../../src/plugin.ts';
import { configOf, testContext, type TestContext } from '../../support/context.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'storage-'));
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

function create(given: Record<string, unknown>, context: TestContext = testContext()): Storage {
  return local.create(configOf(local.config, given as never), context) as Storage;
}

describe('the local storage', () => {
  it('keeps values in a file that another instance reads', () => {
    const file = path.join(folder, 'deep', 'pos.json');
    const storage = create({ path: file });
    storage.start!();
    storage.put('journal', 's=1;i=2');
    storage.put('n', 3);
    storage.delete('nope');
    expect(existsSync(file)).toBe(false);
    storage.close!();
    expect(readFileSync(file, 'utf8')).toBe('{"journal":"s=1;i=2","n":3}');
    expect(statSync(file).mode & 0o777).toBe(0o644);
    const next = create({ path: file });
    next.start!();
    expect([next.get('journal'), next.get('n'), next.get('x')]).toEqual(['s=1;i=2', 3, undefined]);
  });

  it('writes with each change if it is persistent', () => {
    const file = path.join(folder, 'a.json');
    const storage = create({ path: file, persistent: true, mode: 0o600 });
    storage.start!();
    storage.put('a', 1);
    expect(readFileSync(file, 'utf8')).toBe('{"a":1}');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    storage.delete('a');
    expect(readFileSync(file, 'utf8')).toBe('{}');
  });

  it('writes from time to time, if something changed', async () => {
    vi.useFakeTimers();
    const file = path.join(folder, 'a.json');
    const context = testContext();
    const storage = create({ path: file, autosave_interval: 5 }, context);
    storage.start!();
    storage.put('a', 1);
    await vi.advanceTimersByTimeAsync(4999);
    expect(existsSync(file)).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(readFileSync(file, 'utf8')).toBe('{"a":1}');
    rmSync(file);
    await vi.advanceTimersByTimeAsync(5000);
    expect(existsSync(file)).toBe(false);
    await context.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('has the file below a folder, and below root_dir for plugins with an @id', () => {
    const at = (given: Record<string, unknown>, context = testContext()): void => {
      const storage = create(given, context);
      storage.start!();
      storage.close!();
    };
    at({ path: folder });
    expect(existsSync(path.join(folder, 'worker0', 'storage.json'))).toBe(true);
    at({ path: path.join(folder, 'pos') });
    expect(existsSync(path.join(folder, 'pos', 'worker0', 'storage.json'))).toBe(true);
    const context = testContext();
    const system = { ...context.system, rootDir: folder };
    for (const arg of ['', 'pos']) at({}, { ...context, id: 'in_systemd', configured: true, system, element: { ...context.element, arg } });
    expect(readdirSync(path.join(folder, 'worker0', 'in_systemd'))).toEqual(['storage.json', 'storage.pos.json']);
  });

  it('prints prettily if told so', () => {
    const file = path.join(folder, 'a.json');
    const storage = create({ path: file, pretty_print: true });
    storage.start!();
    storage.put('a', new Map([['b', [1, 'x']]]));
    storage.put('e', new Map());
    storage.save();
    expect(readFileSync(file, 'utf8')).toBe('{\n  "a": {\n    "b": [\n      1,\n      "x"\n    ]\n  },\n  "e": {}\n}');
  });

  it('begins anew with an empty file and refuses a broken one', () => {
    const file = path.join(folder, 'a.json');
    writeFileSync(file, '');
    const context = testContext();
    create({ path: file }, context).start!();
    expect(context.log.lines.map(({ level }) => level)).toEqual(['warn']);
    for (const [text, message] of [['{"a":', 'holds no JSON'], ['[1]', 'Invalid contents (not object)']] as const) {
      writeFileSync(file, text);
      expect(() => create({ path: file }).start!()).toThrow(message);
    }
  });

  it('says when it cannot write, and goes on', () => {
    const file = path.join(folder, 'a.json');
    const context = testContext();
    const storage = create({ path: file, persistent: true }, context);
    storage.start!();
    mkdirSync(file);
    storage.put('a', 1);
    expect(context.log.lines.map(({ message }) => message)).toEqual(['failed to save data for plugin storage to file']);
    expect(storage.get('a')).toBe(1);
  });

  it('needs a place if it is persistent', () => {
    expect(() => create({ persistent: true })).toThrow("Plugin @id or path for <storage> required when 'persistent' is true");
  });

  it.each([['0644', 0o644], ['600', 0o600], ['0o750', 0o750]])('reads permissions %s', (text, mode) => {
    expect(local.config.mode.parse!({ text, at: { file: '', line: 1, column: 1 } })).toBe(mode);
  });
});
