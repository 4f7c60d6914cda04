/** Reads all that a source finds once, to its end, for a dry run: no positions, nothing remembered, nothing written. */
import { errorText, type EventBatch, type LineBlock, type LogEvent, ObjectBatch, type Scan, type Tag } from '#logferry';
import { plainContent } from './content.ts';
import { closeFile, openFile, stateOfFile } from './file-access.ts';
import { LineReader, type FileLines } from './line-reader.ts';
import type { MultilineText } from './multiline.ts';
import type { SourceWork } from './source-work.ts';
import type { Targets } from './targets.ts';

/** Bytes of a file's head that are looked at. */
const HEAD_BYTES = 4096;

/** `patterns`: the paths as configured. */
export async function scanFiles(work: SourceWork, targets: Targets, patterns: readonly string[], scan: Scan): Promise<void> {
  const { only } = scan;
  if (only) {
    await new FileScan(work, scan, only.path).read(only.byte, only.line);
    return;
  }
  const excluded: string[] = [];
  const skipped: { path: string; reason: string; lost: boolean }[] = [];
  const { targets: found } = await targets.find(() => false, {
    excluded: (path) => void excluded.push(path),
    unusable: (path, reason, lost) => void skipped.push({ path, reason, lost }),
  });
  const readable: string[] = [];
  for (const { path } of found) {
    const error = await whyUnreadable(work.resolve(path));
    if (error === undefined) readable.push(path);
    else skipped.push({ path, reason: error, lost: true });
  }
  scan.found({ files: readable, patterns, excluded, skipped });
  for (const path of readable) {
    if (scan.done) return;
    await new FileScan(work, scan, path).read(0, 1);
  }
}

async function whyUnreadable(path: string): Promise<string | undefined> {
  try {
    await closeFile(await openFile(path));
    return undefined;
  } catch (error) {
    return errorText(error);
  }
}

/** One reading of one file. */
class FileScan {
  readonly #work: SourceWork;
  readonly #scan: Scan;
  readonly #origin: { readonly path: string; readonly tag: Tag };
  readonly #multiline: MultilineText | undefined;
  /** Number of the next line. */
  #line = 1;
  /** Where the last event began, and the text that waits for more lines. */
  #eventLine = 1;
  #eventLines = 1;
  #heldLine = 1;
  #lines = 0;
  #events = 0;
  #tooLong = 0;
  #unmatched = 0;

  constructor(work: SourceWork, scan: Scan, path: string) {
    this.#work = work;
    this.#scan = scan;
    this.#origin = { path, tag: work.tagOf(path) };
    this.#multiline = work.multiline(() => path);
  }

  /** From a line's beginning to the end that the file has now: one that grows is not followed. */
  async read(fromByte: number, fromLine: number): Promise<void> {
    const { path, tag } = this.#origin;
    const fd = await openFile(this.#work.resolve(path));
    try {
      const { size } = await stateOfFile(fd);
      this.#line = fromLine;
      this.#scan.begin(path, tag, size);
      const content = plainContent(fd);
      const head = Buffer.alloc(HEAD_BYTES);
      const note = noteOf(head.subarray(0, await content.read(head, 0, HEAD_BYTES, 0)));
      const reader = new LineReader(this.#work.scratch, this.#work.split, fromByte);
      while (reader.offset < size && !this.#scan.done) {
        const result = await reader.read(content, size - reader.offset, Infinity);
        if (result.bytes === 0) break;
        await this.#emitLines(result.lines, result.tooLong);
      }
      await this.#end();
      this.#scan.end({
        lines: this.#lines, bytes: reader.offset - fromByte, events: this.#events, unmatched: this.#unmatched, emitsUnmatched: this.#work.emitUnmatched,
        tooLong: this.#tooLong, unfinished: reader.offset - reader.lineStart, note,
      });
    } finally {
      await closeFile(fd);
    }
  }

  /** `tooLong`: so many lines between them, or behind the last one, were left out. */
  async #emitLines(all: readonly FileLines[], tooLong: number): Promise<void> {
    let left = tooLong;
    let end = 0;
    for (const { block, base, scratch } of all) {
      let from = 0;
      for (let i = 0; i < block.count; i++) {
        if (left > 0) {
          const between = this.#breaks(block.bytes, end, block.starts[i]!) - (end === 0 ? 0 : 1);
          if (between > 0) {
            await this.#emit(part(block, from, i), base);
            from = i;
            left -= between;
            this.#skip(between);
          }
        }
        end = block.ends[i]!;
      }
      await this.#emit(part(block, from, block.count), base);
      if (scratch) this.#work.scratch.giveBack(scratch);
    }
    this.#skip(left);
  }

  #breaks(bytes: Buffer, from: number, to: number): number {
    const { newline } = this.#work.split;
    let count = 0;
    for (let at = bytes.indexOf(newline, from); at >= 0 && at < to; at = bytes.indexOf(newline, at + newline.length)) count++;
    return count;
  }

  #skip(lines: number): void {
    for (let i = 0; i < lines; i++) this.#scan.tooLong(this.#line + i);
    this.#count(lines);
    this.#tooLong += lines;
  }

  async #emit(block: LineBlock, base: number): Promise<void> {
    if (this.#scan.only) for (let i = 0; i < block.count; i++) await this.#emitBlock(part(block, i, i + 1), base);
    else await this.#emitBlock(block, base);
  }

  async #emitBlock(block: LineBlock, base: number): Promise<void> {
    if (block.count === 0 || this.#scan.done) return;
    const first = this.#line;
    this.#eventLine = first;
    this.#eventLines = 1;
    if (this.#scan.only) this.#scan.text?.(first, this.#work.events.text(block, 0));
    const unmatchedBefore = this.#work.counters.unmatched.value;
    const batch = this.#multiline ? this.#joined(block, base, this.#multiline, first) : this.#work.events.ofBlock(block, this.#origin);
    // An event of several lines begins where the first of them stands.
    const waits = this.#scan.only && this.#multiline && !batch;
    const at = this.#scan.only ? { line: this.#eventLine, lines: this.#eventLines } : { line: first, lines: block.count };
    const ack = waits ? undefined : this.#scan.at(at.line, base + block.starts[0]!, at.lines);
    const unmatched = this.#work.counters.unmatched.value - unmatchedBefore;
    this.#count(block.count);
    this.#unmatched += unmatched;
    if (unmatched > 0 && !this.#multiline && this.#scan.wantsUnmatched()) this.#findUnmatched(block, first);
    if (!batch) {
      if (!this.#multiline || this.#multiline.start === undefined) ack?.settle();
      return;
    }
    this.#events += batch.size;
    const wait = this.#work.router.emit(batch.with({ ack }));
    if (wait) await wait;
  }

  /** Which lines of a block the parser did not match: it is asked again, line by line. */
  #findUnmatched(block: LineBlock, first: number): void {
    const { events, counters } = this.#work;
    for (let i = 0; i < block.count && this.#scan.wantsUnmatched(); i++) {
      const before = counters.unmatched.value;
      const text = events.text(block, i);
      events.ofText(text, this.#origin, []);
      if (counters.unmatched.value > before) this.#scan.unmatched(first + i, text);
    }
  }

  #joined(block: LineBlock, base: number, multiline: MultilineText, first: number): EventBatch | undefined {
    const { events, counters, emitUnmatched } = this.#work;
    const out: LogEvent[] = [];
    for (let i = 0; i < block.count; i++) {
      const before = counters.unmatched.value;
      const text = events.text(block, i);
      const { start } = multiline;
      this.#eventLine = start === undefined ? first + i : this.#heldLine;
      multiline.add(text, base + block.starts[i]!, this.#origin, emitUnmatched, out);
      if (multiline.start !== start) this.#heldLine = first + i;
      this.#eventLines = first + i - this.#eventLine + (multiline.start === undefined ? 1 : 0);
      if (counters.unmatched.value > before && this.#scan.wantsUnmatched()) this.#scan.unmatched(first + i, text);
    }
    return out.length === 0 ? undefined : new ObjectBatch(this.#origin.tag, out);
  }

  /** What several lines of an event are held goes on, as it would after some time. */
  async #end(): Promise<void> {
    const out: LogEvent[] = [];
    this.#multiline?.flush(this.#origin, out);
    if (out.length === 0) return;
    this.#events += out.length;
    const ack = this.#scan.only && this.#scan.at(this.#heldLine, 0, this.#line - this.#heldLine);
    const wait = this.#work.router.emit(new ObjectBatch(this.#origin.tag, out, ack));
    if (wait) await wait;
  }

  #count(lines: number): void {
    this.#line += lines;
    this.#lines += lines;
  }
}

function part(block: LineBlock, from: number, to: number): LineBlock {
  if (from === 0 && to === block.count) return block;
  return { bytes: block.bytes, starts: block.starts.subarray(from, to), ends: block.ends.subarray(from, to), count: to - from };
}

/** What the first bytes of a file say of it, if they are no text. */
function noteOf(head: Buffer): string | undefined {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'it is compressed with gzip: its bytes are read as they are, not unpacked';
  if (head.length > 3 && head.readUInt32BE(0) === 0x28b52ffd) return 'it is compressed with zstd: its bytes are read as they are, not unpacked';
  if (head.subarray(0, 3).toString('latin1') === 'BZh') return 'it is compressed with bzip2: its bytes are read as they are, not unpacked';
  if (head.subarray(0, 8).toString('latin1') === 'LPKSHHRH') return 'it is a journal of systemd: an input of @type systemd reads it';
  if (head.includes(0)) return 'it has zero bytes: it does not look like text';
  return undefined;
}
