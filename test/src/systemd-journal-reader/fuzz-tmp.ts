/**
 * Random damage: no exception, no endless loop, no entry twice, no more entries than there are.
 *
 * JOURNAL_FUZZ_RUNS sets how many damaged files are read (default 150), JOURNAL_FUZZ_SEED where the
 * random numbers begin.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
const afterAll=()=>{};const expect=(v)=>({toBeLessThan(m){if(!(v<m))throw new Error('too many '+v)}});const test=(n,o,f)=>f();
import { openJournal, type JournalEntry } from '../../../src/systemd-journal-reader/index.ts';
import { fileBytes, golden, temporaryFolder } from './support/fixtures.ts';

const RUNS = Number(process.env.JOURNAL_FUZZ_RUNS ?? 150);
const SEED = Number(process.env.JOURNAL_FUZZ_SEED ?? 1);
const BASES = [
  'v257-keyed-compact-zstd', 'v257-jenkins-compact-xz', 'v257-keyed-regular-lz4', 'v247-jenkins-regular-lz4',
  'v252-keyed-regular-none', 'v257-jenkins-regular-xz', 'v262-keyed-compact-zstd', 'v252-journald-sealed',
];
/** Of one file; without damage it takes some milliseconds. */
const MAX_MS = 5000;

const folder = temporaryFolder();
afterAll(folder.remove);

/** Numbers 0..2^32-1 (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return (x ^ (x >>> 14)) >>> 0;
  };
}

function damage(bytes: Buffer, random: () => number): Buffer {
  const used = Math.min(bytes.length, 400_000);
  const place = (): number => (random() % 4 === 0 ? random() % 272 : random() % used);
  let damaged = bytes;
  for (let i = 1 + (random() % 30); i > 0; i--) {
    const at = place();
    switch (random() % 8) {
      case 0:
      case 1:
      case 2:
        if (at < damaged.length) damaged[at] ^= 1 << random() % 8;
        break;
      case 3:
        damaged[at] = random();
        break;
      case 4: {
        // A number where one stands: numbers are aligned.
        const word = at & ~7;
        const value = [0, 1, word, word + 8, used, used * 2, 0xffffffff, (random() % used) & ~7][random() % 8];
        if (word + 8 <= damaged.length) damaged.writeBigUInt64LE(BigInt(value >>> 0) << (random() % 16 === 0 ? 32n : 0n), word);
        break;
      }
      case 5: {
        const from = place();
        damaged.copyWithin(at, from, from + (random() % 1000));
        break;
      }
      case 6:
        damaged.subarray(at, at + (random() % 5000)).fill(random() % 3 === 0 ? 0xff : 0);
        break;
      default:
        if (random() % 20 === 0) damaged = damaged.subarray(0, at);
    }
    if (damaged.length === 0) break;
  }
  return damaged;
}

test(`${RUNS} files with random damage are read without harm`, { timeout: RUNS * 1000 }, () => {
  const bases = BASES.map((name) => ({ name, bytes: fileBytes(name), count: golden(name).length }));
  const path = join(folder.path, 'fuzz.journal');
  for (let run = 0; run < RUNS; run++) {
    const random = randomNumbers(SEED + run);
    const { name, bytes } = bases[random() % bases.length];
    const damaged = damage(Buffer.from(bytes), random);
    writeFileSync(path, damaged);
    const start = performance.now(); if (process.env.TRACE) process.stdout.write(run + " ");
    let warnings = 0;
    const journal = openJournal({ paths: [path], onWarning: () => warnings++ });
    const read = (step: () => JournalEntry | undefined): void => {
      const offsets = new Set<number>();
      for (let entry = step(); entry; entry = step()) {
        if (offsets.has(entry.offset)) throw new Error(`run ${run} of seed ${SEED} (${name}) gives the entry at ${entry.offset} twice`);
        offsets.add(entry.offset);
        entry.fields();
      }
      // An entry has 64 bytes and an item at least.
      expect(offsets.size).toBeLessThan(damaged.length / 64 + 1);
    };
    read(() => journal.next());
    journal.seekTail();
    read(() => journal.previous());
    journal.seekRealtime(1700002177217852);
    read(() => journal.next());
    journal.addMatch('SYSLOG_IDENTIFIER=kubelet');
    journal.addMatch('PRIORITY=6');
    journal.addDisjunction();
    journal.addMatch('_TRANSPORT=kernel');
    journal.seekHead();
    read(() => journal.next());
    journal.seekTail();
    read(() => journal.previous());
    journal.uniqueValues('MESSAGE');
    journal.fieldNames();
    journal.refresh(true);
    journal.close();
    if (warnings > 1) throw new Error(`run ${run} of seed ${SEED} (${name}) gives ${warnings} warnings`);
    const ms = performance.now() - start;
    if (ms > MAX_MS) throw new Error(`run ${run} of seed ${SEED} (${name}) took ${Math.round(ms)} ms`);
  }
});
