/** Damaged files: recipes that change a good one, and what journalctl still prints of it. */
import type { GoldenValue } from './fixtures.ts';
import { fileBytes, readList } from './fixtures.ts';

export type Ranges = readonly (number | readonly [number, number])[];

export interface Damage {
  readonly id: string;
  readonly base?: string | null;
  readonly note?: string;
  readonly ops: readonly DamageStep[];
  readonly queries?: { readonly match?: string; readonly since?: string; readonly cursor?: string };
  readonly expect?: Readonly<Record<'all' | 'reverse' | 'match' | 'lines3' | 'since' | 'afterCursor', Seen>>;
}

export interface Seen {
  readonly rc: number;
  readonly entries: Ranges;
  readonly changed?: readonly {
    readonly entry: number;
    readonly missing?: readonly string[];
    readonly extra?: readonly (readonly [string, GoldenValue])[];
  }[];
  readonly unknown?: readonly { readonly is?: number }[];
}

type DamageStep =
  | { readonly op: 'truncate' | 'extend'; readonly size: number }
  | { readonly op: 'zero'; readonly off: number; readonly len: number }
  | { readonly op: 'fill'; readonly off: number; readonly len: number; readonly byte: number }
  | { readonly op: 'write'; readonly off: number; readonly hex: string }
  | { readonly op: 'create'; readonly b64?: string; readonly size?: number };

export function readDamages(): Damage[] {
  return readList<Damage>('damaged');
}

const bases = new Map<string, Buffer>();

/** The bytes of a damaged file. */
export function damagedBytes({ base, ops }: Damage): Buffer {
  let bytes = Buffer.alloc(0);
  if (base) {
    if (!bases.has(base)) bases.set(base, fileBytes(base));
    bytes = Buffer.from(bases.get(base)!);
  }
  for (const step of ops) bytes = applyStep(bytes, step);
  return bytes;
}

function applyStep(bytes: Buffer<ArrayBuffer>, step: DamageStep): Buffer<ArrayBuffer> {
  switch (step.op) {
    case 'truncate':
      return bytes.subarray(0, step.size);
    case 'extend':
      return Buffer.concat([bytes, Buffer.alloc(Math.max(0, step.size - bytes.length))]);
    case 'zero':
      return bytes.fill(0, step.off, step.off + step.len);
    case 'fill':
      return bytes.fill(step.byte, step.off, step.off + step.len);
    case 'write':
      Buffer.from(step.hex, 'hex').copy(bytes, step.off);
      return bytes;
    case 'create':
      return step.b64 === undefined ? Buffer.alloc(step.size ?? 0) : Buffer.from(step.b64, 'base64');
  }
}
