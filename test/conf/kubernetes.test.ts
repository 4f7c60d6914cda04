import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { renderChart, type Release } from '../support/helm.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const CHART = path.join(ROOT, 'conf/helm/logferry');
const RELEASE: Release = { name: 'logferry', namespace: 'logs', values: { clusterName: 'prod', region: 'eu-west-1' } };

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec?: Record<string, never>;
}

function documents(text: string): Manifest[] {
  return parseAllDocuments(text).map((document) => {
    if (document.errors.length > 0) throw document.errors[0]!;
    return document.toJS() as Manifest | null;
  }).filter((document) => document !== null);
}

function chart(release: Release = RELEASE): Manifest[] {
  return [...renderChart(CHART, release).values()].flatMap(documents);
}

const PLAIN = documents(readFileSync(path.join(ROOT, 'conf/kubernetes/logferry.yaml'), 'utf8'));

/** What the module of an API version is called in the package with Kubernetes' own schemas. */
function moduleOf({ apiVersion }: Manifest): string {
  return `kubernetes-models/${apiVersion}`;
}

describe.each([['conf/kubernetes/logferry.yaml', PLAIN], ['the chart', chart()]] as const)('%s', (_name, manifests) => {
  test.each(manifests.map((manifest) => [`${manifest.kind} ${manifest.metadata.name}`, manifest] as const))('%s has the values that Kubernetes expects', async (_, manifest) => {
    const models = (await import(moduleOf(manifest))) as Record<string, new (data: unknown) => { validate(): void }>;
    new models[manifest.kind]!(manifest).validate();
  });

  // The compiler knows every field of every kind: a name that does not exist is an error.
  test('has no field that Kubernetes does not know', { timeout: 60_000 }, () => {
    const folder = mkdtempSync(path.join(ROOT, 'node_modules', '.manifests-'));
    try {
      const lines = manifests.map((manifest, i) => `import type { I${manifest.kind} as K${i} } from '${moduleOf(manifest)}';\nexport const m${i}: K${i} = ${JSON.stringify(manifest)};\n`);
      writeFileSync(path.join(folder, 'manifests.ts'), lines.join(''));
      const tsc = path.join(ROOT, 'node_modules/.bin/tsc');
      const args = ['--noEmit', '--strict', '--skipLibCheck', '--ignoreConfig', '--module', 'nodenext', '--target', 'es2022', path.join(folder, 'manifests.ts')];
      const found = (() => {
        try {
          return execFileSync(tsc, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
        } catch (error) {
          return (error as { stdout: string }).stdout;
        }
      })();
      expect(found).toBe('');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('leaves the last flush its time, and has the least rights', () => {
    const daemonSet = manifests.find(({ kind }) => kind === 'DaemonSet')! as unknown as {
      spec: { template: { spec: { terminationGracePeriodSeconds: number; containers: { securityContext: Record<string, unknown> }[] } } };
    };
    const { spec } = daemonSet.spec.template;
    expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(25);
    expect(spec.containers[0]!.securityContext).toMatchObject({
      allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'], add: ['DAC_READ_SEARCH'] },
    });
    const role = manifests.find(({ kind }) => kind === 'ClusterRole') as unknown as { rules: unknown };
    expect(role.rules).toEqual([{ apiGroups: [''], resources: ['pods', 'namespaces'], verbs: ['get', 'list', 'watch'] }]);
  });
});

describe('the chart', () => {
  test('runs the same pod as the plain manifest', () => {
    const podOf = (manifests: readonly Manifest[]): { containers: { env: { name: string }[]; args?: unknown; volumeMounts: unknown }[]; volumes: unknown } =>
      (manifests.find(({ kind }) => kind === 'DaemonSet')!.spec as unknown as { template: { spec: never } }).template.spec;
    const [plain, rendered] = [podOf(PLAIN), podOf(chart())];
    expect(rendered.containers[0]!.volumeMounts).toEqual(plain.containers[0]!.volumeMounts);
    expect(rendered.containers[0]!.env.map(({ name }) => name)).toEqual(plain.containers[0]!.env.map(({ name }) => name));
  });

  test('carries the Container Insights configuration unless another ConfigMap is named', () => {
    const own = chart().find(({ kind }) => kind === 'ConfigMap') as unknown as { data: Record<string, string> };
    expect(Object.keys(own.data)).toEqual(['containers.conf', 'fluent.conf', 'host.conf', 'systemd.conf']);
    expect(own.data['fluent.conf']).toBe(readFileSync(path.join(ROOT, 'conf/container-insights/fluent.conf'), 'utf8'));
    const other = chart({ ...RELEASE, values: { ...RELEASE.values, existingConfigMap: 'mine' } });
    expect(other.some(({ kind }) => kind === 'ConfigMap')).toBe(false);
    expect(JSON.stringify(other)).toContain('"configMap":{"name":"mine"}');
  });

  test('refuses values that it does not know, and asks for those that it needs', () => {
    const schema = JSON.parse(readFileSync(path.join(CHART, 'values.schema.json'), 'utf8')) as object;
    const valid = new Ajv({ strict: false }).compile(schema);
    const defaults = parse(readFileSync(path.join(CHART, 'values.yaml'), 'utf8')) as object;
    expect(valid({ ...defaults, clusterName: 'prod', region: 'eu-west-1' })).toBe(true);
    expect(valid(defaults)).toBe(false);
    expect(valid({ ...defaults, clusterName: 'prod', region: 'eu-west-1', imgae: {} })).toBe(false);
    expect(valid({ ...defaults, clusterName: 'prod', region: 'Ireland' })).toBe(false);
  });
});
