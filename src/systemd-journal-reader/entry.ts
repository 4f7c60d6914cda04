/** One entry of a journal. */
import type { JournalFile } from './journal-file.ts';
import type { U64 } from './u64.ts';

/** A field of an entry. Bytes that are not UTF-8 are lone surrogates in `value`: see `textToBytes`. */
export interface JournalField {
  readonly name: string;
  readonly value: string;
}

/** What an entry's object says; the fields are read when they are asked for. */
export class JournalEntry {
  readonly file: JournalFile;
  /** Where it is in its file. */
  readonly offset: number;
  readonly seqnum: U64;
  /** Microseconds since 1970. */
  readonly realtime: U64;
  /** Microseconds since the boot. */
  readonly monotonic: U64;
  /** 32 hexadecimal digits. */
  readonly bootId: string;
  readonly xorHigh: number;
  readonly xorLow: number;
  /** Size of the object in the file. */
  readonly byteLength: number;

  constructor(
    file: JournalFile, offset: number, byteLength: number,
    seqnum: U64, realtime: U64, monotonic: U64, bootId: string, xorHigh: number, xorLow: number,
  ) {
    this.file = file;
    this.offset = offset;
    this.byteLength = byteLength;
    this.seqnum = seqnum;
    this.realtime = realtime;
    this.monotonic = monotonic;
    this.bootId = bootId;
    this.xorHigh = xorHigh;
    this.xorLow = xorLow;
  }

  /** Whose sequence numbers these are; 32 hexadecimal digits. */
  get seqnumId(): string {
    return this.file.header.seqnumId;
  }

  /** The position of this entry, as libsystemd writes it. */
  get cursor(): string {
    const { seqnumId, seqnum, bootId, monotonic, realtime, xorHigh, xorLow } = this;
    const xor = xorHigh === 0 ? xorLow.toString(16) : xorHigh.toString(16) + xorLow.toString(16).padStart(8, '0');
    return `s=${seqnumId};i=${seqnum.toString(16)};b=${bootId};m=${monotonic.toString(16)};t=${realtime.toString(16)};x=${xor}`;
  }

  /**
   * All fields in the order of the file, repeated ones as often as they are there; `_BOOT_ID` among
   * them if the writer stored it as a field. Damaged fields are left out. Read again at each call.
   * With `wanted` only fields of these names; give the same set each time.
   */
  fields(wanted?: ReadonlySet<string>): JournalField[] {
    return this.file.readFields(this, wanted);
  }

  /** The last value of a field. */
  get(name: string): string | undefined {
    return this.fields().findLast((field) => field.name === name)?.value;
  }
}
