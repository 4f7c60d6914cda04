/** What methods that change a text in place make of it. */
import { send } from './method.ts';
import { toText } from './inspect.ts';
import { textArgument, integerArgument } from './arguments.ts';
import { isInteger, type RubyProc, type RubyValue } from './values.ts';

interface TextMutation {
  /** The text after the call. */
  readonly text: string;
  /** What the call returns. */
  readonly result: RubyValue;
}

type Mutate = (self: string, block: RubyProc | null, args: readonly RubyValue[]) => TextMutation;

const both = (text: string): TextMutation => ({ text, result: text });

/** The method without `!`; the result is nil if nothing changed. */
const changing =
  (name: string): Mutate =>
  (self, block, args) => {
    const text = toText(send(self, name, args, block));
    return { text, result: text === self ? null : text };
  };

/** The same, but the result is the text in any case. */
const always =
  (name: string): Mutate =>
  (self, block, args) =>
    both(toText(send(self, name, args, block)));

const NIL_IF_SAME = [
  'capitalize', 'chomp', 'chop', 'delete', 'delete_prefix', 'delete_suffix', 'downcase', 'gsub', 'lstrip', 'rstrip', 'squeeze', 'strip',
  'sub', 'swapcase', 'tr', 'tr_s', 'upcase',
];

export const textMutations: ReadonlyMap<string, Mutate> = new Map<string, Mutate>([
  ...NIL_IF_SAME.map((name) => [name + '!', changing(name)] as const),
  ...['reverse', 'scrub', 'encode', 'unicode_normalize', 'succ', 'next'].map((name) => [name + '!', always(name)] as const),
  ['<<', (self, _, [arg]) => both(self + appended(arg!))],
  ['concat', (self, _, args) => both(self + args.map(appended).join(''))],
  ['prepend', (self, _, args) => both(args.map((arg) => textArgument(arg)).join('') + self)],
  ['replace', (_, __, [arg]) => both(textArgument(arg!))],
  ['clear', () => both('')],
  ['insert', (self, block, args) => both(toText(send(self, 'insert', args, block)))],
  ['force_encoding', (self, _, args) => both(toText(send(self, 'force_encoding', args)))],
  ['slice!', (self, _, args) => {
    const part = send(self, 'slice', args);
    if (typeof part !== 'string') return { text: self, result: null };
    const [where] = args;
    if (typeof where === 'string') return { text: self.replace(where, () => ''), result: part };
    const at = isInteger(where!) ? integerArgument(where) : undefined;
    const chars = [...self];
    if (at !== undefined) {
      const start = at < 0 ? at + chars.length : at;
      chars.splice(start, [...part].length);
      return { text: chars.join(''), result: part };
    }
    const found = self.indexOf(part);
    return { text: self.slice(0, found) + self.slice(found + part.length), result: part };
  }],
]);

function appended(arg: RubyValue): string {
  return typeof arg === 'number' && Number.isInteger(arg) ? String.fromCodePoint(arg) : textArgument(arg);
}
