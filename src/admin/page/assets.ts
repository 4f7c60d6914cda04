/** The files of the live page, by the path under which the server shows them. The scripts lie beside this file and are sent as they are. */
import { readFileSync } from 'node:fs';
import { HTML } from './html.ts';
import { STYLES } from './styles.ts';

export interface Asset {
  /** Content type. */
  readonly type: string;
  read(): string;
}

/** Modules of the page; `main.js` imports the others. */
export const SCRIPTS = ['main.js', 'dom.js', 'format.js', 'history.js', 'overview.js', 'pipeline-model.js', 'pipeline-layout.js', 'pipeline-view.js', 'tables.js', 'tap.js', 'theme.js'] as const;

const ASSETS: ReadonlyMap<string, Asset> = new Map<string, Asset>([
  ['/', { type: 'text/html; charset=utf-8', read: () => HTML }],
  ['/page/styles.css', { type: 'text/css; charset=utf-8', read: () => STYLES }],
  ['/page/icon.svg', { type: 'image/svg+xml', read: () => ICON }],
  ...SCRIPTS.map((name): [string, Asset] => [`/page/${name}`, script(name)]),
]);

/** A ferry under way. */
const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#0b66c3"/>' +
  '<path d="M7 17h18l-3 6H10z" fill="#fff"/><path d="M11 15v-4h6l4 4z" fill="#9fd0ff"/>' +
  '<path d="M5 26q2.75-2 5.5 0t5.5 0 5.5 0 5.5 0" fill="none" stroke="#9fd0ff" stroke-width="1.8" stroke-linecap="round"/></svg>';

/** Undefined for a path that is none of the page's. */
export function findAsset(path: string): Asset | undefined {
  return ASSETS.get(path);
}

function script(name: string): Asset {
  let text: string | undefined;
  return { type: 'text/javascript; charset=utf-8', read: () => (text ??= readFileSync(new URL(name, import.meta.url), 'utf8')) };
}
