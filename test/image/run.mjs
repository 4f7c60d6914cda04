#!/usr/bin/env node
/**
 * Starts the image that build.sh made, as a node's DaemonSet would: process 1 of its own namespace, a root file system that cannot be
 * written, a sample node's /var/log, the quick start's configuration in /fluentd/etc. Needs root, buildah, unshare.
 *
 *   node test/image/run.mjs WORKDIR [MANIFEST]
 *
 * With a manifest (that of Amazon's quick start) the configuration and the environment are those of its ConfigMap and its DaemonSet: only the image
 * is another one.
 */
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { startLocalCloudWatch } from '../../dist/src/local-cloudwatch/local-cloudwatch.js';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const work = path.resolve(process.argv[2] ?? '.');
const CRI = '/^(?<time>.+) (?<stream>stdout|stderr) (?<logtag>[FP]) (?<log>.*)$/';
const results = [];

function check(what, holds, seen = '') {
  results.push(holds);
  process.stdout.write(`${holds ? 'ok  ' : 'FAIL'} ${what}${seen === '' ? '' : `: ${seen}`}\n`);
}

function buildah(...args) {
  return execFileSync('buildah', ['--root', path.join(work, 'storage'), '--runroot', path.join(work, 'runroot'), ...args], {
    encoding: 'utf8', env: { ...process.env, STORAGE_DRIVER: 'vfs' },
  }).trim();
}

function sizeOf(folder) {
  return Number(execFileSync('du', ['-sk', folder], { encoding: 'utf8' }).split('\t')[0]) / 1024;
}

const container = buildah('from', '--pull-never', 'localhost/logferry:test');
const image = buildah('mount', container);
const config = JSON.parse(buildah('inspect', '--format', '{{.Config}}', 'localhost/logferry:test')).config;

check('the entry point is the program itself', JSON.stringify(config.Entrypoint) === '["/usr/local/bin/logferry"]', JSON.stringify(config.Entrypoint));
check('labels name title, licence, version and revision', ['title', 'licenses', 'version', 'revision'].every((name) => config.Labels[`org.opencontainers.image.${name}`]));
const modules = path.join(image, 'opt/logferry/node_modules');
const packages = [];
for (const name of readdirSync(modules)) {
  const inside = name.startsWith('@') ? readdirSync(path.join(modules, name)).map((each) => `${name}/${each}`) : [name];
  for (const each of inside) if (existsSync(path.join(modules, each, 'package.json'))) packages.push(JSON.parse(readFileSync(path.join(modules, each, 'package.json'), 'utf8')));
}
const licences = [...new Set(packages.map(({ license }) => license))].sort();
check('every package has a permissive licence', licences.every((name) => /^\(?(MIT|Apache-2\.0|ISC|0BSD|BSD-[23]-Clause|BlueOak-1\.0\.0)/.test(name)), licences.join(', '));
const sbom = JSON.parse(readFileSync(path.join(image, 'opt/logferry/sbom.cdx.json'), 'utf8'));
const listed = new Set(sbom.components.map(({ group, name }) => (group ? `${group}/${name}` : name)));
const unlisted = packages.filter(({ name }) => !listed.has(name)).map(({ name }) => name);
check('the list of its parts (CycloneDX) names every package', unlisted.length === 0 && packages.length > 0, unlisted.join(', ') || `${sbom.components.length} components`);
const scripts = packages.filter(({ scripts: own = {} }) => own.preinstall ?? own.install ?? own.postinstall).map(({ name }) => name);
check('no package has an install script', scripts.length === 0, scripts.join(', '));
const native = execFileSync('find', [modules, '-name', '*.node'], { encoding: 'utf8' }).trim();
check('nothing native is inside', native === '', native);
check('there is no shell', !existsSync(path.join(image, 'bin/sh')));
process.stdout.write(
  `     image ${sizeOf(image).toFixed(0)} MB unpacked: node ${(lstatSync(path.join(image, 'usr/local/bin/node')).size / 2 ** 20).toFixed(0)} MB, ` +
    `the program ${sizeOf(path.join(image, 'opt/logferry')).toFixed(1)} MB, of that ${packages.length} packages with ${sizeOf(modules).toFixed(1)} MB\n`,
);

const node = mkdtempSync(path.join(work, 'node-files-'));
mkdirSync(path.join(node, 'etc'), { recursive: true });
cpSync(path.join(root, 'conf/sample-node/var'), path.join(node, 'var'), { recursive: true, verbatimSymlinks: true });
const manifest = process.argv[3];
const given = { CLUSTER_NAME: 'image', AWS_REGION: 'us-east-1', CI_VERSION: 'k8s/1', FLUENT_CONTAINER_TAIL_PARSER_TYPE: CRI };
if (manifest === undefined) cpSync(path.join(root, 'conf/container-insights'), path.join(node, 'etc'), { recursive: true });
else {
  const objects = parseAllDocuments(readFileSync(manifest, 'utf8')).map((document) => document.toJS());
  // What the init container does: every file of the ConfigMap is copied to /fluentd/etc.
  for (const [name, text] of Object.entries(objects.find(({ kind }) => kind === 'ConfigMap').data)) writeFileSync(path.join(node, 'etc', name), text);
  const { env, command, args } = objects.find(({ kind }) => kind === 'DaemonSet').spec.template.spec.containers[0];
  for (const { name, value } of env) if (value !== undefined) given[name] = value;
  check('the manifest starts the image by its entry point', command === undefined && args === undefined);
}
const endpoint = await startLocalCloudWatch({ checkAge: false });
const mounts = [
  ['mount', '--bind', image, image], ['mount', '-o', 'remount,bind,ro', image],
  ...['var/log', 'var/lib/docker/containers', 'etc'].map((name) => ['mount', '--bind', path.join(node, name), path.join(image, name === 'etc' ? 'fluentd/etc' : name)]),
  ['mount', '-t', 'tmpfs', 'tmpfs', path.join(image, 'tmp')], ['mount', '-t', 'proc', 'proc', path.join(image, 'proc')],
];
for (const name of ['var/log', 'var/lib/docker/containers', 'fluentd/etc', 'proc', 'tmp']) mkdirSync(path.join(image, name), { recursive: true });
const enter = path.join(work, 'enter.sh');
writeFileSync(enter, `set -e\n${mounts.map((words) => words.map((word) => `'${word}'`).join(' ')).join('\n')}\nexec chroot '${image}' /usr/local/bin/logferry "$@"\n`);
const agent = spawn('unshare', ['--mount', '--pid', '--fork', '--kill-child=KILL', 'sh', enter], {
  env: {
    ...given, PATH: process.env.PATH, FLUENTD_CONF: config.Env.find((each) => each.startsWith('FLUENTD_CONF=')).slice(13), AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret', AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: endpoint.url,
  },
});
let log = '';
agent.stdout.on('data', (data) => (log += data));
agent.stderr.on('data', (data) => (log += data));
const ended = new Promise((resolve) => agent.once('exit', (code, signal) => resolve(signal ?? code)));

const groups = ['application', 'host'].map((name) => `/aws/containerinsights/image/${name}`);
const counted = () => groups.map((name) => {
  const group = endpoint.store.findGroup(name);
  return group ? [...group.streams.keys()].reduce((sum, stream) => sum + [...endpoint.store.events(name, stream)].length, 0) : 0;
});
const deadline = Date.now() + 60_000;
const [least] = [[1300, 110]];
while (counted().some((count, i) => count < least[i]) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 200));
check('the quick start reaches its log groups from inside the image', counted().every((count, i) => count >= least[i]), groups.map((name, i) => `${name} ${counted()[i]} events`).join(', '));
const first = execFileSync('pgrep', ['-P', String(agent.pid)], { encoding: 'utf8' }).trim();
process.kill(Number(first), 'SIGTERM');
const code = await Promise.race([ended, new Promise((resolve) => setTimeout(() => resolve('still running'), 30_000))]);
check('as process 1 it ends with status 0 after SIGTERM', code === 0, String(code));
check('the ledger balances', /ledger: .*, balanced/.test(log), /ledger: .*/.exec(log)?.[0]);
check('position files were saved below /var/log', readdirSync(path.join(node, 'var/log')).some((name) => name.endsWith('.pos')));
if (results.includes(false)) process.stdout.write(log);
agent.kill('SIGKILL');
await endpoint.stop();
buildah('umount', container);
buildah('rm', container);
process.stdout.write(`${results.filter(Boolean).length} passed, ${results.filter((ok) => !ok).length} failed\n`);
process.exit(results.includes(false) ? 1 : 0);
