// The command line.
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ACTION_NAMES } from './schedule.mjs';

const PROJECT = path.join(import.meta.dirname, '..', '..');

export const HELP = `Usage: npm run torture -- [options]

Writes numbered lines into many log files, rotates, truncates, compresses and removes those, kills and stops the
agent, lets the endpoint fail in every way, fills its disk and turns its clock, all by a seed; then checks that
every line has arrived, intact, in its order, and not more often than the faults explain. Ends with 1 if not.

  --minutes N        how long the faults last (default 1; or --seconds N); draining comes on top
  --seed S           of the schedule and the lines (default 1)
  --seeds A-B        several, one after the other
  --files N          log files (default 20)
  --rate N           events per second, all files together (default 1000)
  --agent 'COMMAND'  the agent (default: node dist/src/main.js of this checkout); -c FILE is added
  --node FILE        the Node.js that runs it (default: the one that runs this)
  --dist DIR         where the endpoint comes from (default: dist of this checkout)
  --without A,B      leave these actions out: ${ACTION_NAMES.join(', ').replace(/(.{60,90}, )/g, '$1\n                       ')}
  --schedule FILE    repeat a schedule that a failed run has left
  --shrink           remove actions from it as long as the run still fails
  --results FILE     append a line of JSON for each run
  --keep             keep the folder of a run that went well, too
  --verbose          every action, and what the agent logged as errors
`;

/** Reads arguments. Throws an Error that says what is wrong. */
export function readOptions(argv) {
  const string = { type: 'string' };
  const flag = { type: 'boolean' };
  const { values } = parseArgs({
    args: argv,
    options: {
      minutes: string, seconds: string, seed: string, seeds: string, files: string, rate: string, agent: string, node: string, dist: string,
      without: string, schedule: string, results: string, shrink: flag, keep: flag, verbose: flag, help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return { help: true };
  const dist = path.resolve(values.dist ?? path.join(PROJECT, 'dist'));
  const main = path.join(dist, 'src/main.js');
  if (!fs.existsSync(main)) throw new Error(`${main} is not there: build first (npm run build), or give --dist`);
  const without = values.without === undefined ? [] : values.without.split(',').map((name) => name.trim());
  for (const name of without) if (!ACTION_NAMES.includes(name)) throw new Error(`--without: there is no action '${name}', there are ${ACTION_NAMES.join(', ')}`);
  if (values.shrink && values.schedule === undefined && values.seed === undefined) throw new Error('--shrink needs --schedule or --seed');
  const node = values.node ?? process.execPath;
  return {
    dist,
    agent: values.agent === undefined ? [node, main] : values.agent.split(' ').filter((part) => part !== ''),
    node,
    seconds: values.seconds === undefined ? number('minutes', values.minutes ?? '1', 0.05) * 60 : number('seconds', values.seconds, 3),
    seeds: seedsOf(values),
    files: number('files', values.files ?? '20', 7),
    rate: number('rate', values.rate ?? '1000', 1),
    without,
    schedule: values.schedule === undefined ? undefined : JSON.parse(fs.readFileSync(values.schedule, 'utf8')),
    shrink: values.shrink === true,
    results: values.results,
    keep: values.keep === true,
    verbose: values.verbose === true,
  };
}

function seedsOf({ seed = '1', seeds }) {
  if (seeds === undefined) return [number('seed', seed, 0)];
  const found = /^(\d+)-(\d+)$/.exec(seeds);
  if (!found || Number(found[1]) > Number(found[2])) throw new Error(`--seeds: expected FIRST-LAST, such as 1-20, found '${seeds}'`);
  return Array.from({ length: Number(found[2]) - Number(found[1]) + 1 }, (_, i) => Number(found[1]) + i);
}

function number(name, text, least) {
  const value = Number(text);
  if (text.trim() === '' || !(value >= least)) throw new Error(`--${name}: expected a number of at least ${least}, found '${text}'`);
  return value;
}
