/** The manifest: which module holds which plugin. No side effects; modules load when a configuration names them. */
import type { Manifest } from '../src/registry.ts';

export const plugins = {
  'buffer/file': () => import('./buffer/file.ts'),
  'buffer/file_single': () => import('./buffer/file_single.ts'),
  'buffer/memory': () => import('./buffer/memory.ts'),
  'filter/concat': () => import('./filter/concat/index.ts'),
  'filter/grep': () => import('./filter/grep.ts'),
  'filter/kubernetes_metadata': () => import('./filter/kubernetes_metadata/index.ts'),
  'filter/parser': () => import('./filter/parser.ts'),
  'filter/record_modifier': () => import('./filter/record_modifier.ts'),
  'filter/record_transformer': () => import('./filter/record_transformer/index.ts'),
  'filter/stdout': () => import('./filter/stdout.ts'),
  'filter/systemd_entry': () => import('./filter/systemd_entry.ts'),
  'input/dummy': () => import('./input/sample.ts'),
  'input/sample': () => import('./input/sample.ts'),
  'input/systemd': () => import('./input/systemd.ts'),
  'input/tail': () => import('./input/tail/index.ts'),
  'output/cloudwatch_logs': () => import('./output/cloudwatch_logs/index.ts'),
  'output/copy': () => import('./output/copy.ts'),
  'output/null': () => import('./output/null.ts'),
  'output/record_modifier': () => import('./output/record_modifier.ts'),
  'output/relabel': () => import('./output/relabel.ts'),
  'output/rewrite_tag_filter': () => import('./output/rewrite_tag_filter/index.ts'),
  'output/roundrobin': () => import('./output/roundrobin.ts'),
  'output/stdout': () => import('./output/stdout.ts'),
  'storage/local': () => import('./storage/local.ts'),
} satisfies Manifest;
