// What an agent that has just died left on the disk: what it will read and send again.
import fs from 'node:fs';
import path from 'node:path';
import { findHeads } from './lines.mjs';

/**
 * What a position file says of a log's files, by {@link fileOf}; Infinity: not to be read any more. Later lines win. An inode may
 * stand there for several logs: the number of a file that was compressed is soon given to another one.
 */
export function readPositions(file) {
  const positions = new Map();
  if (!fs.existsSync(file)) return positions;
  for (const line of fs.readFileSync(file, 'utf8').split('\n')) {
    const found = /^(.*)\t([0-9a-f]{16})\t([0-9a-f]{16})$/.exec(line);
    if (!found) continue;
    const inode = Number.parseInt(found[3], 16);
    const at = found[2] === 'ffffffffffffffff' ? Infinity : Number.parseInt(found[2], 16);
    positions.set(fileOf({ id: path.basename(found[1]).split('-')[0], kind: path.basename(file) === 'inodes.pos' ? 'inode' : undefined }, inode), { path: found[1], inode, at });
  }
  return positions;
}

/** The name of a file among the positions: by its inode, and the log that it is of unless the agent knows files by inode alone. */
export function fileOf({ id, kind }, inode) {
  return kind === 'inode' ? `${inode}` : `${id} ${inode}`;
}

/** Inodes of files that the agent knows again when they are compressed while it is down; it notes them every five seconds. */
export function readMarks(positions) {
  const file = `${positions}.marks`;
  if (!fs.existsSync(file)) return new Set();
  return new Set(fs.readFileSync(file, 'utf8').split('\n').map((line) => Number(line.split('\t')[0])));
}

/** `id unit` of all pieces in the files of a buffer -> in how many places each is. */
export function readBuffered(folder) {
  const buffered = new Map();
  if (!fs.existsSync(folder)) return buffered;
  for (const name of fs.readdirSync(folder, { recursive: true })) {
    if (name.endsWith('.meta')) continue;
    let bytes;
    try {
      bytes = fs.readFileSync(path.join(folder, name));
    } catch {
      continue; // a folder
    }
    findHeads(bytes, (file, unit) => buffered.set(`${file} ${unit}`, (buffered.get(`${file} ${unit}`) ?? 0) + 1));
  }
  return buffered;
}

/**
 * After a death of the agent: how many pieces will come again at most, and which ones exist nowhere any more.
 * A piece can come from a file that is read again from its saved position on, and from each chunk of a buffer.
 */
export function afterDeath({ logs, oracle, positionsOf, bufferedOf }) {
  let again = 0;
  let gone = 0;
  for (const log of logs) {
    const positions = positionsOf(log.kind);
    const buffered = bufferedOf(log.kind);
    const { units, generations } = log;
    let newestSaved = -1;
    const lastWith = new Map();
    for (const [number, { inode }] of generations.entries()) {
      lastWith.set(inode, number);
      if (positions.has(fileOf(log, inode))) newestSaved = number;
    }
    for (let unit = 0; unit < log.count; unit++) {
      const number = units.generation[unit];
      const generation = generations[number];
      const saved = positions.get(fileOf(log, generation.inode));
      const exists = generation.gone === undefined;
      // Of several generations with one inode (truncated, reused) the position is that of the last one.
      const read = exists && (saved === undefined ? number > newestSaved : lastWith.get(generation.inode) === number && saved.at <= units.start[unit]);
      const inBuffer = buffered.get(`${log.id} ${unit}`) ?? 0;
      const delivered = oracle.isDelivered(log, unit) ? 1 : 0;
      again += Math.max(0, delivered + inBuffer + (read ? 1 : 0) - 1);
      if (!exists && inBuffer === 0 && delivered === 0) {
        oracle.excuse(log, unit, `${generation.gone}, and the agent ended before it was delivered`);
        gone++;
      }
    }
  }
  return { again, gone };
}
