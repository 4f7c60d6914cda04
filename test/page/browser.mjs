// Chromium through the pipes of its DevTools protocol: no dependency, no port.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The browser's program; undefined if the machine has none. CHROMIUM names another one. */
export function findBrowser(env = process.env) {
  if (env.CHROMIUM) return env.CHROMIUM;
  const folders = (env.PATH ?? '').split(path.delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name))).find((file) => fs.existsSync(file));
}

/** Starts the browser with a profile of its own. */
export async function openBrowser(program) {
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'logferry-page-'));
  const child = spawn(program, [
    '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
    '--disable-sync', '--disable-dev-shm-usage', '--remote-debugging-pipe', `--user-data-dir=${profile}`, 'about:blank',
  ], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const waiting = new Map();
  const listeners = new Set();
  let number = 0;
  let rest = '';
  child.stdio[4].setEncoding('utf8').on('data', (text) => {
    const messages = (rest + text).split('\0');
    rest = messages.pop();
    for (const message of messages.map((one) => JSON.parse(one))) {
      if (message.id === undefined) for (const listener of listeners) listener(message);
      else {
        const { resolve, reject } = waiting.get(message.id);
        waiting.delete(message.id);
        if (message.error) reject(new Error(`${message.error.message} ${message.error.data ?? ''}`));
        else resolve(message.result);
      }
    }
  });
  const send = (method, params = {}, sessionId = undefined) => new Promise((resolve, reject) => {
    const id = ++number;
    waiting.set(id, { resolve, reject });
    child.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
  });
  void exited.then(() => {
    for (const { reject } of waiting.values()) reject(new Error('the browser ended'));
  });

  return {
    /** A page of so many pixels. `problems` collects errors and whatever was asked of another host. */
    async page(url, { width, height = 900, dark = false, mobile = false }) {
      const { targetId } = await send('Target.createTarget', { url: 'about:blank' });
      const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true });
      const call = (method, params) => send(method, params, sessionId);
      const problems = [];
      const listener = ({ method, params, sessionId: from }) => {
        if (from !== sessionId) return;
        if (method === 'Runtime.exceptionThrown') problems.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
        if (method === 'Log.entryAdded' && params.entry.level === 'error') problems.push(`${params.entry.text} ${params.entry.url ?? ''}`);
        if (method === 'Network.requestWillBeSent' && !params.request.url.startsWith(new URL(url).origin) && !params.request.url.startsWith('data:')) problems.push(`asks for ${params.request.url}`);
      };
      listeners.add(listener);
      for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await call(`${domain}.enable`);
      await call('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile });
      await call('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }] });
      await call('Page.navigate', { url });
      const evaluate = async (expression) => {
        const { result, exceptionDetails } = await call('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
        if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
        return result.value;
      };
      return {
        problems,
        evaluate,
        /** Waits until the expression is true. */
        async until(expression, ms = 15_000) {
          const deadline = Date.now() + ms;
          for (;;) {
            if (await evaluate(expression).catch(() => false)) return;
            if (Date.now() > deadline) throw new Error(`this did not become true: ${expression}`);
            await new Promise((resolve) => setTimeout(resolve, 50));
          }
        },
        async press(key, code = key) {
          for (const type of ['keyDown', 'keyUp']) await call('Input.dispatchKeyEvent', { type, key, code, windowsVirtualKeyCode: key === 'Tab' ? 9 : key === 'Enter' ? 13 : 0, ...(key === 'Enter' && type === 'keyDown' ? { text: '\r' } : {}) });
        },
        /** A page that another one covers does not ask its agent. */
        bringToFront: () => call('Page.bringToFront'),
        /** The accessibility tree as the browser gives it to screen readers. */
        async accessible() {
          return (await call('Accessibility.getFullAXTree')).nodes.filter(({ ignored }) => !ignored).map(({ role, name }) => ({ role: role?.value, name: name?.value }));
        },
        /** The whole page as a PNG file. */
        async shoot(file) {
          const { cssContentSize } = await call('Page.getLayoutMetrics');
          const { data } = await call('Page.captureScreenshot', { format: 'png', captureBeyondViewport: true, clip: { x: 0, y: 0, width, height: Math.min(6000, cssContentSize.height), scale: 1 } });
          fs.writeFileSync(file, Buffer.from(data, 'base64'));
        },
        async close() {
          listeners.delete(listener);
          await send('Target.closeTarget', { targetId });
        },
      };
    },
    async close() {
      await send('Browser.close').catch(() => {});
      await exited;
      fs.rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
