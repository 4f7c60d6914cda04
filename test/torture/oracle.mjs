// What arrived, held against what was written.
import { readPieces } from './lines.mjs';

/** Bits of what is known of a piece. */
const DELIVERED = 1;
const EXCUSED = 2;

/** So long after a step of the clock the agent may still see the old time (libfaketime looks every second), and read a line by it. */
const CLOCK_MS = 2500;

/** How many examples of each kind of failure are kept. */
const EXAMPLES = 12;

export class Oracle {
  #logs = new Map();
  /** Group, stream and file -> the last piece that came for the first time. */
  #fronts = new Map();
  /** Steps back of the agent's clock, milliseconds since 1970. */
  #clockBack = [];
  #outputChanges = [];
  /** Ranges of pieces of the request that is being looked at. */
  #request = [];
  /** What there is an example of. */
  #reordered = new Set();
  counts = { events: 0, pieces: 0, bytes: 0, duplicated: 0, reordered: 0, sortedByTime: 0, acrossInodes: 0, acrossReloads: 0, aroundForbidden: 0, corrupted: 0, cutByTruncation: 0, mixed: 0, invented: 0, split: 0, tooOldArrived: 0 };
  /** Duplicates that the deaths and lost answers explain. */
  duplicateBound = 0;
  boundBy = new Map();
  /** Why pieces may be missing -> how many of them may. */
  excusedBy = new Map();
  examples = [];
  lastArrival = Date.now();

  add(log) {
    this.#logs.set(log.id, { log, state: [], copies: [], reason: new Map(), arrived: 0 });
  }

  /** Between these times outputs were replaced. */
  outputChanged(from, to) {
    this.#outputChanges.push({ from, to });
  }

  clockWentBack(at) {
    this.#clockBack.push(at);
  }

  /** Events of one accepted request, in their order; the result says which pieces they were: `f03 17-44, f04 3`. */
  arrived(group, stream, messages, from, to) {
    this.lastArrival = Date.now();
    this.#request = [];
    for (let i = from; i < to; i++) this.#event(`${group} ${stream}`, messages[i]);
    return this.#request.map(({ file, first, next }) => `${file} ${first}${next > first + 1 ? `-${next - 1}` : ''}`).join(', ');
  }

  #event(place, message) {
    const { counts } = this;
    counts.events++;
    const text = textOf(message);
    const { pieces, error, cut } = text === undefined ? { pieces: [], error: `no text in ${message.slice(0, 200)}` } : readPieces(text);
    // The end of a line that was read by half is gone with a copytruncate.
    if (cut && this.#isExcused(cut)) counts.cutByTruncation++;
    else if (error !== undefined) {
      counts.corrupted++;
      this.#example('corrupted', { place, error });
    }
    const [first] = pieces;
    for (const [i, piece] of pieces.entries()) {
      if (piece.file !== first.file || piece.event !== first.event || piece.part !== first.part + i) {
        if (this.#isAroundForbidden(first, piece)) counts.aroundForbidden++;
        else {
          counts.mixed++;
          this.#example('mixed', { place, first, piece });
        }
      }
      this.#piece(place, piece);
    }
    if (first && (first.part !== 1 || pieces.at(-1).part !== first.parts)) counts.split++;
  }

  #piece(place, { file, unit }) {
    const { counts } = this;
    counts.pieces++;
    const range = this.#request.at(-1);
    if (range?.file === file && range.next === unit) range.next++;
    else this.#request.push({ file, first: unit, next: unit + 1 });
    const known = this.#logs.get(file);
    if (!known || unit >= known.log.count) {
      counts.invented++;
      this.#example('invented', { place, file, unit });
      return;
    }
    const { log, state, copies } = known;
    if (log.units.tooOld[unit]) {
      counts.tooOldArrived++;
      this.#example('arrived though too old', { place, file, unit });
    }
    if (state[unit] & DELIVERED) {
      counts.duplicated++;
      copies[unit] = (copies[unit] ?? 0) + 1;
      return;
    }
    state[unit] |= DELIVERED;
    known.arrived++;
    counts.bytes += log.units.end[unit] - log.units.start[unit];
    const key = `${place} ${file}`;
    const front = this.#fronts.get(key);
    if (front === undefined || unit > front.unit) {
      this.#fronts.set(key, { unit });
      return;
    }
    // A request has to be in the order of its times, and those of lines without one come from the agent's clock.
    const written = log.units.writtenAt[unit];
    if (!log.style.runtime && this.#clockBack.some((at) => at >= written - CLOCK_MS)) {
      counts.sortedByTime++;
      return;
    }
    // Known by inode, files that were renamed during a restart are files of their own.
    if (log.kind === 'inode' && log.units.generation[unit] !== log.units.generation[front.unit]) {
      counts.acrossInodes++;
      return;
    }
    // The output before delivers what it has in memory beside its successor.
    if (log.kind === 'inode' && this.#outputChanges.some(({ to }) => written <= to)) {
      counts.acrossReloads++;
      return;
    }
    if (this.#isAroundForbidden({ file, unit }, { file, unit: front.unit })) {
      counts.aroundForbidden++;
      return;
    }
    counts.reordered++;
    const sort = `${file} ${log.units.generation[unit]} ${log.units.generation[front.unit]}`;
    if (this.#reordered.has(sort)) return;
    this.#reordered.add(sort);
    this.#example('reordered', { place, file, unit, after: front.unit, generation: log.units.generation[unit], generationOfAfter: log.units.generation[front.unit], written });
  }

  /**
   * Whether a file between two pieces could not be read for a while: younger ones do not wait for it. Or has the inode of such a one:
   * nothing but the inode was known of that, so the younger file is taken for it when it was compressed meanwhile.
   */
  #isAroundForbidden(one, other) {
    const known = this.#logs.get(one.file);
    if (!known || one.file !== other.file) return false;
    const { generations, units } = known.log;
    const [from, to] = [units.generation[one.unit], units.generation[other.unit]].sort((a, b) => a - b);
    const forbidden = new Set(generations.filter(({ wasForbidden }) => wasForbidden).map(({ inode }) => inode));
    return generations.slice(from, to + 1).some(({ inode }) => forbidden.has(inode));
  }

  #isExcused({ file, unit }) {
    const known = this.#logs.get(file);
    return known !== undefined && (known.state[unit] & EXCUSED) !== 0;
  }

  isDelivered(log, unit) {
    return (this.#logs.get(log.id).state[unit] & DELIVERED) !== 0;
  }

  /** Pieces that have to arrive and did not yet. */
  missing(log) {
    const { state } = this.#logs.get(log.id);
    const missing = [];
    for (let unit = 0; unit < log.count; unit++) if (!(state[unit] & DELIVERED) && !log.units.tooOld[unit]) missing.push(unit);
    return missing;
  }

  /** How many pieces are written and neither delivered nor excused. */
  outstanding() {
    let sum = 0;
    for (const { log, state } of this.#logs.values())
      for (let unit = 0; unit < log.count; unit++) if (!(state[unit] & (DELIVERED | EXCUSED)) && !log.units.tooOld[unit]) sum++;
    return sum;
  }

  /** Whether everything of a log, or of one of its generations, was delivered. */
  isComplete(log, generation) {
    const { state } = this.#logs.get(log.id);
    for (let unit = generation === undefined ? 0 : generation.firstUnit; unit < log.count; unit++) {
      if (generation !== undefined && log.generations[log.units.generation[unit]] !== generation) break;
      if (!(state[unit] & DELIVERED) && !log.units.tooOld[unit]) return false;
    }
    return true;
  }

  /** Whether nothing of a generation is to be waited for any more. */
  isSettled(log, { firstUnit }) {
    const { state } = this.#logs.get(log.id);
    const number = log.units.generation[firstUnit];
    for (let unit = firstUnit; unit < log.count && log.units.generation[unit] === number; unit++)
      if (!(state[unit] & (DELIVERED | EXCUSED)) && !log.units.tooOld[unit]) return false;
    return true;
  }

  /** These may be missing from now on, for this reason. */
  excuse(log, unit, reason) {
    const known = this.#logs.get(log.id);
    if (known.state[unit] & (DELIVERED | EXCUSED) || log.units.tooOld[unit]) return;
    known.state[unit] |= EXCUSED;
    known.reason.set(unit, reason);
    this.excusedBy.set(reason, (this.excusedBy.get(reason) ?? 0) + 1);
  }

  /** So many duplicates are explained by this. */
  allow(reason, pieces) {
    if (pieces === 0) return;
    this.duplicateBound += pieces;
    this.boundBy.set(reason, (this.boundBy.get(reason) ?? 0) + pieces);
  }

  #example(kind, what) {
    if (this.examples.filter((example) => example.problem === kind).length < EXAMPLES) this.examples.push({ problem: kind, ...what });
  }

  /** The verdict, once nothing more can come. */
  result() {
    let lines = 0;
    let lost = 0;
    let tooOld = 0;
    let bytesWritten = 0;
    const unavoidable = {};
    /** Lost pieces that follow each other. */
    const ranges = [];
    for (const { log, state, reason } of this.#logs.values()) {
      lines += log.count;
      for (let unit = 0; unit < log.count; unit++) {
        bytesWritten += log.units.end[unit] - log.units.start[unit];
        if (log.units.tooOld[unit]) {
          tooOld++;
          if (ranges.at(-1)?.log === log && ranges.at(-1).next === unit) ranges.at(-1).next++;
        }
        else if (!(state[unit] & DELIVERED)) {
          if (state[unit] & EXCUSED) unavoidable[reason.get(unit)] = (unavoidable[reason.get(unit)] ?? 0) + 1;
          else {
            lost++;
            const generation = log.units.generation[unit];
            let range = ranges.at(-1);
            if (range?.log === log && range.generation === generation && range.next === unit) range.last = unit;
            else ranges.push((range = { log, generation, first: unit, last: unit }));
            range.next = unit + 1;
          }
        }
      }
    }
    for (const range of ranges) this.#lostExample(range);
    return {
      lines, bytesWritten, tooOld, ...this.counts, lost, unavoidable,
      excusable: Object.fromEntries(this.excusedBy),
      duplicateBound: this.duplicateBound, boundBy: Object.fromEntries(this.boundBy), examples: this.examples,
    };
  }

  #lostExample({ log, generation: number, first, last }) {
    const { inode, file, path, size, gone, compressed, truncated, createdAt, renamedAt } = log.generations[number];
    const at = (time) => time && new Date(time).toISOString().slice(11, 23);
    const { units } = log;
    this.#example('lost', {
      file: log.id, kind: log.kind, units: `${first}-${last} of ${log.count}`, generation: `${number} of ${log.generations.length}`,
      bytes: `${units.start[first]}-${units.end[last]} of ${size}`, written: `${at(units.writtenAt[first])} to ${at(units.writtenAt[last])}`,
      created: at(createdAt), renamed: at(renamedAt), inode, path, now: file, gone, compressed, truncated,
    });
  }
}

/** A message is the record as JSON. */
function textOf(message) {
  try {
    const record = JSON.parse(message);
    return typeof record.message === 'string' ? record.message : record.log;
  } catch {
    return undefined;
  }
}
