/** Objects from a file in place of the API, in a dry run. */
import type { Value } from '#logferry';
import type { ApiSource } from './api-client.ts';

/** The key of `PluginContext.shared` under which a dry run offers them. */
export const SAVED_OBJECTS = 'kubernetes objects';

/** The object at a path below `/api/v1/`, such as `namespaces/shop/pods/web-0`; undefined if there is none. */
export type SavedObjects = (path: string) => Value | undefined;

/** An API that knows these objects and nothing else. */
export function savedApi(objects: SavedObjects): ApiSource {
  return {
    get: async (path) => {
      const body = objects(path);
      return body === undefined ? { kind: 'missing' } : { kind: 'found', body };
    },
    watch: async () => 200,
    down: false,
    requests: 0,
    errors: 0,
    acquire: () => {},
    release: () => {},
  };
}
