/** Sections as they are read: old names replaced by the proper ones, and what is left unsaid put in. */
import type { ConfigProblem } from '../errors.ts';
import type { ConfigElement, ConfigValue } from './element.ts';

const COMMON: Readonly<Record<string, string>> = { type: '@type', id: '@id', log_level: '@log_level' };

/** `type`, `id` and `log_level` without @, as in old configurations, get their proper names; `warn` is told of each. */
export function withProperNames(element: ConfigElement, warn: (problem: ConfigProblem) => void): ConfigElement {
  if (!Object.keys(COMMON).some((name) => element.params.has(name))) return element;
  const params = new Map<string, ConfigValue>();
  for (const [name, value] of element.params) {
    const proper = Object.hasOwn(COMMON, name) ? COMMON[name] : undefined;
    if (proper === undefined) params.set(name, value);
    else if (!element.params.has(proper)) {
      params.set(proper, value);
      warn({ message: `'${name}' is deprecated parameter name. use '${proper}' instead.`, at: value.at });
    }
  }
  return { ...element, params };
}

/** The element with parameters renamed, where the new name is not taken. */
export function withNames(element: ConfigElement, names: Readonly<Record<string, string>>): ConfigElement {
  const params = new Map<string, ConfigValue>();
  for (const [name, value] of element.params) {
    const renamed = names[name];
    params.set(renamed === undefined || element.params.has(renamed) ? name : renamed, value);
  }
  return { ...element, params };
}

/** `<match a.**>` as it stands in the file. */
export function sectionName(element: ConfigElement): string {
  return `<${element.name}${element.arg === '' ? '' : ' ' + element.arg}>`;
}

/** The chunk keys in `<buffer tag,time>`; `[]` means none. */
export function chunkKeyNames(arg: string, fallback: readonly string[] | undefined): readonly string[] {
  const text = arg.trim();
  if (text === '') return fallback ?? [];
  const list = text.startsWith('[') ? text.slice(1, text.endsWith(']') ? -1 : undefined) : text;
  return list.split(',').map((key) => key.trim().replace(/^"(.*)"$/, '$1')).filter((key) => key !== '');
}

/** A `<secondary>` without `@type` is of the same type as its output. */
export function secondaryElement(secondary: ConfigElement, output: ConfigElement): ConfigElement {
  if (secondary.params.has('@type') || secondary.params.has('type')) return secondary;
  const type = output.params.get('@type');
  return type ? withParam(secondary, '@type', type) : secondary;
}

/** The element with one parameter more, or another value of it. */
export function withParam(element: ConfigElement, name: string, value: ConfigValue): ConfigElement {
  return { ...element, params: new Map([...element.params, [name, value]]) };
}
