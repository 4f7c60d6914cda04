/** The `<system>` section, read and checked, and what of it plugins are told. */
import { hostname } from 'node:os';
import type { ConfigElement } from '../config/element.ts';
import { ConfigReader, placeOf, type ReaderOptions } from '../config/schema.ts';
import { findSystem, systemFields, type SystemConfig } from '../config/system.ts';
import { ConfigError, problemText } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import type { Labels } from '../metrics/metrics.ts';
import type { SystemSettings } from '../plugin.ts';

/** Reads the section; warnings go to the log. Throws a ConfigError with its problems. */
export async function readSystem(root: ConfigElement, options: ReaderOptions, log: Logger): Promise<SystemConfig> {
  const reader = new ConfigReader(options);
  const config = await reader.fields(findSystem(root), systemFields, { label: '<system>' });
  const system = config as unknown as SystemConfig;
  const { metrics } = system;
  if (metrics && metrics['@type'] !== 'local')
    reader.problems.push({ message: `Unknown metrics plugin '${metrics['@type']}'`, at: placeOf(metrics, '@type'), hint: 'there is one: local' });
  if (system.with_source_only && system.without_source)
    reader.problems.push({ message: 'with_source_only and without_source cannot be used together', at: placeOf(system, 'with_source_only'), hint: 'remove one of them' });
  if (reader.problems.length > 0) throw new ConfigError(reader.problems);
  if (!system.enable_input_metrics) {
    const message = "parameter 'enable_input_metrics' has no effect here: events of inputs are always counted, as the ledger needs them";
    reader.warnings.push({ message, at: placeOf(system, 'enable_input_metrics') });
  }
  for (const warning of reader.warnings) log.warn(problemText(warning));
  return system;
}

/** What plugins are told of the section. */
export function settingsOf(system: SystemConfig): SystemSettings {
  return {
    workers: system.workers,
    rootDir: system.root_dir,
    hostname: hostname(),
    filePermission: system.file_permission,
    dirPermission: system.dir_permission,
    memoryLimit: system.memory_limit,
    ownSockets: system.disable_shared_socket,
    countSizes: system.enable_size_metrics,
  };
}

/** `<metrics> labels`: those of every series. */
export function metricLabels({ metrics }: SystemConfig): Labels {
  return Object.fromEntries([...(metrics?.labels ?? [])].map(([name, value]) => [name, String(value)]));
}
