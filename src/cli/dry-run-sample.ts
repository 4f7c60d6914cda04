/** `logferry dry-run --sample`: the sample node of the package, with its times moved to now, in a temporary folder. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { copySampleNode } from './sample-node.ts';

/** What stands in for what is not given. */
export interface SampleNode {
  readonly config: string;
  readonly root: string;
  readonly metadata: string;
  readonly env: Readonly<Record<string, string>>;
  remove(): Promise<void>;
}

/** The expression that the quick start's DaemonSet sets for containerd nodes. */
const CRI = '/^(?<time>.+) (?<stream>stdout|stderr) (?<logtag>[FP]) (?<log>.*)$/';

/** Copies the node; `now`: milliseconds since 1970, the time of its newest line. */
export async function openSampleNode(now: number): Promise<SampleNode> {
  const conf = confFolder();
  const root = await mkdtemp(path.join(tmpdir(), 'logferry-sample-'));
  await copySampleNode(path.join(conf, 'sample-node'), root, new Date(now));
  return {
    config: path.join(conf, 'container-insights/fluent.conf'),
    root,
    metadata: path.join(conf, 'sample-node/pods.json'),
    env: { CLUSTER_NAME: 'sample', AWS_REGION: 'us-east-1', FLUENT_CONTAINER_TAIL_PARSER_TYPE: CRI },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

/** `conf` of the package, from src/cli or dist/src/cli. */
function confFolder(): string {
  const here = path.dirname(fileURLToPath(import.meta.url));
  return path.resolve(here, here.split(path.sep).includes('dist') ? '../../..' : '../..', 'conf');
}
