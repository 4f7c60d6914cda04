/** From the configuration and the environment to what the parts of this filter need. */
import { compileRegexp, ConfigError } from '#logferry';
import type { PluginContext } from '#logferry';
import { ApiClient, type ApiSettings } from './api-client.ts';
import { Catalog, type CatalogSettings } from './catalog.ts';
import { Credentials, type CredentialFiles } from './credentials.ts';
import type { KubernetesConfig } from './fields.ts';
import type { MetadataOptions } from './metadata.ts';
import { SAVED_OBJECTS, savedApi, type SavedObjects } from './saved-objects.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The API's URL as it stands in records; undefined if there is none. */
export function masterUrl(config: KubernetesConfig, env: Environment): string | undefined {
  if (config.kubernetes_url !== undefined && config.kubernetes_url !== '') return config.kubernetes_url;
  const host = env['KUBERNETES_SERVICE_HOST'];
  const port = env['KUBERNETES_SERVICE_PORT'];
  if (!host || !port) return undefined;
  return `https://${host.includes(':') ? `[${host}]` : host}:${port}/api`;
}

/** The catalog for this configuration: the same object for all filters that can share one. A dry run may have none. */
export function sharedCatalog(url: string, config: KubernetesConfig, env: Environment, context: PluginContext): Catalog | undefined {
  const saved = context.shared<SavedObjects | undefined>(SAVED_OBJECTS, () => undefined);
  if (context.dryRun && !saved) return undefined;
  const api: ApiSettings = {
    base: baseUrl(url, config.apiVersion, context),
    openTimeoutMs: config.open_timeout * 1000,
    readTimeoutMs: config.read_timeout * 1000,
  };
  const located = (file: string | undefined) => (file === undefined || file === '' ? undefined : context.path(file));
  const files: CredentialFiles = {
    caFile: located(config.ca_file),
    tokenFile: located(config.bearer_token_file),
    certFile: located(config.client_cert),
    keyFile: located(config.client_key),
    secretDir: context.path(config.secret_dir),
    verify: config.verify_ssl,
    partialChain: config.ssl_partial_chain,
  };
  const settings: CatalogSettings = {
    size: config.cache_size,
    ttlMs: config.cache_ttl < 0 ? Infinity : config.cache_ttl * 1000,
    watch: config.watch
      ? {
          intervalMs: config.watch_retry_interval * 1000,
          backoffBase: Math.max(config.watch_retry_exponential_backoff_base, 1),
          backoffTimes: config.watch_retry_max_times,
        }
      : undefined,
    node: env['K8S_NODE_NAME'] || undefined,
  };
  const { log, metrics, clock } = context;
  const now = () => clock.monotonic();
  const apiKey = JSON.stringify([api.base.href, api.openTimeoutMs, api.readTimeoutMs, files]);
  const catalogKey = JSON.stringify([settings.size, config.cache_ttl, settings.watch]);
  const client = context.shared(`kubernetes_metadata api ${apiKey}`, () => {
    return saved ? savedApi(saved) : new ApiClient(api, new Credentials(files, api.base.protocol === 'https:', now), log, metrics, now);
  });
  return context.shared(`kubernetes_metadata catalog ${catalogKey} ${apiKey}`, () => new Catalog(client, settings, log, metrics, now));
}

export function metadataOptions(url: string | undefined, config: KubernetesConfig, context: PluginContext): MetadataOptions {
  const matches = config.annotation_match.flatMap((source) => {
    try {
      return [compileRegexp(source)];
    } catch (error) {
      context.log.error('an expression of annotation_match is not valid and is left out', { annotation_match: source, error });
      return [];
    }
  });
  return {
    masterUrl: config.skip_master_url ? undefined : url,
    annotationMatches: matches.map((regexp) => (name) => regexp.test(name)),
    podLabels: !config.skip_labels && !config.skip_pod_labels,
    namespaceLabels: !config.skip_labels && !config.skip_namespace_labels,
    containers: !config.skip_container_metadata,
    owners: config.include_ownerrefs_metadata,
    orphans: config.allow_orphans ? { name: config.orphaned_namespace_name, id: config.orphaned_namespace_id } : undefined,
  };
}

/** `https://host/api` and the version; a URL without a path gets `/api`. */
function baseUrl(text: string, version: string, context: PluginContext): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new ConfigError(`kubernetes_url '${text}' is not a URL`, context.place('kubernetes_url'), 'such as https://kubernetes.default.svc/api');
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new ConfigError(`kubernetes_url '${text}' is neither http nor https`, context.place('kubernetes_url'));
  }
  const path = url.pathname.replace(/\/+$/, '');
  url.pathname = `${path === '' ? '/api' : path}/${version}`;
  url.search = '';
  url.hash = '';
  return url;
}
